#include "keepalived/dump_reader.hpp"
