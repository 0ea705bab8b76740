#include "keepalived/config_reader.hpp"
