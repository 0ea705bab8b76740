#include "keepalived/config_sequences.hpp"

#include <cstdio>
#include <cstdlib>

namespace guardian::keepalived {
namespace {

const char kBlanks[] = " \t";

std::size_t skipBlanks(const std::string& text, std::size_t at) {
  const std::size_t next = at < text.size() ? text.find_first_not_of(kBlanks, at) : std::string::npos;
  return next == std::string::npos ? text.size() : next;
}

char charAt(const std::string& text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

/// `a`, or `{a, b}`, at `at`, which ends behind it. `open` stops a plain word, too.
bool readGroup(const std::string& text, std::size_t& at, const char* stops, std::vector<std::string>& words) {
  const bool braces = charAt(text, at) == '{';
  if (braces) at = skipBlanks(text, at + 1);
  for (;;) {
    const std::size_t end = std::min(text.find_first_of(stops, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = skipBlanks(text, end);
    const char c = charAt(text, at);
    if (braces && c == '}') {
      at = skipBlanks(text, at + 1);
      return true;
    }
    if (!braces) return c == ',' || c == ')';
    if (c != ',') return false;
    at = skipBlanks(text, at + 1);
  }
}

}  // namespace

bool Sequences::add(const std::string& line, Definitions& definitions, const std::string& directory,
                    const std::string& instance) {
  return line[1] == 'S' ? addSequence(line, definitions, directory, instance) : addList(line);
}

bool Sequences::addSequence(const std::string& line, Definitions& definitions, const std::string& directory,
                            const std::string& instance) {
  Running sequence;
  std::size_t at = 4;
  sequence.hexadecimal = charAt(line, at) == 'x';
  if (sequence.hexadecimal) ++at;
  at = skipBlanks(line, at);
  if (charAt(line, at) != '(') return false;
  at = skipBlanks(line, at + 1);
  const std::size_t end = std::min(line.find_first_of(" \t,)", at), line.size());
  sequence.variables.push_back(line.substr(at, end - at));
  const std::size_t comma = skipBlanks(line, end);
  const std::size_t close = line.find(')', comma);
  if (end == at || charAt(line, comma) != ',' || close == std::string::npos) return false;
  std::string numbers = line.substr(comma + 1, close - comma);
  if (definitions.replace(numbers, directory, instance).uncertain) return false;
  if (!readNumbers(numbers, sequence)) return false;
  sequence.text = line.substr(skipBlanks(line, close + 1));
  running_.push_back(std::move(sequence));
  return true;
}

/// `end)`, `start,end)` or `start,step,end)`.
bool Sequences::readNumbers(const std::string& text, Running& sequence) {
  long numbers[3] = {0, 0, 0};
  int count = 0;
  const char* at = text.c_str();
  for (;;) {
    char* end = nullptr;
    numbers[count++] = std::strtol(at, &end, 0);
    while (*end == ' ' || *end == '\t') ++end;
    if (*end == ')') break;
    if (*end != ',' || count == 3) return false;
    at = end + 1;
  }
  if (count == 1) {
    sequence.last = numbers[0];
    sequence.step = numbers[0] < 1 ? -1 : 1;
    sequence.at = numbers[0] < 0 ? -1 : 1;
  } else if (count == 2) {
    sequence.at = numbers[0];
    sequence.last = numbers[1];
    sequence.step = numbers[0] <= numbers[1] ? 1 : -1;
  } else {
    sequence.at = numbers[0];
    sequence.step = numbers[1];
    sequence.last = numbers[2];
    const bool away =
        (sequence.at < sequence.last && sequence.step < 0) || (sequence.at > sequence.last && sequence.step > 0);
    if (sequence.step == 0 || away) return false;
  }
  return !sequence.hexadecimal || (sequence.at >= 0 && sequence.last >= 0);
}

bool Sequences::addList(const std::string& line) {
  Running list;
  list.isList = true;
  std::size_t at = skipBlanks(line, 4);
  if (charAt(line, at) != '(') return false;
  at = skipBlanks(line, at + 1);
  if (!readGroup(line, at, " \t,}", list.variables)) return false;
  if (charAt(line, at) != ',') return false;
  do {
    at = skipBlanks(line, at + 1);
    std::vector<std::string> values;
    if (!readGroup(line, at, " \t,})", values) || values.size() > list.variables.size()) return false;
    values.resize(list.variables.size());
    list.values.push_back(std::move(values));
  } while (charAt(line, at) == ',');
  if (charAt(line, at) != ')') return false;
  list.text = line.substr(skipBlanks(line, at + 1));
  running_.push_back(std::move(list));
  return true;
}

std::string Sequences::next(Definitions& definitions) {
  Running& running = running_.back();
  bool ended = false;
  if (running.isList) {
    const std::vector<std::string>& values = running.values[running.index];
    for (std::size_t i = 0; i < values.size(); ++i) definitions.set(running.variables[i], values[i]);
    ended = ++running.index == running.values.size();
  } else {
    char number[32];
    std::snprintf(number, sizeof number, running.hexadecimal ? "%lx" : "%ld", running.at);
    definitions.set(running.variables[0], number);
    const bool overflows =
        running.step > 0 ? running.at > running.last - running.step : running.at < running.last - running.step;
    ended = overflows;
    if (!ended) running.at += running.step;
  }
  std::string text = running.text;
  if (ended) running_.pop_back();
  return text;
}

}  // namespace guardian::keepalived
