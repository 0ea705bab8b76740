// Gives every file of the named directories to the fuzz target, once.
#include <dirent.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t replay(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  if (!S_ISDIR(status.st_mode)) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const std::string bytes = text.str();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return 1;
  }
  std::size_t count = 0;
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") count += replay(std::string(path).append("/").append(name));
  }
  ::closedir(directory);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::size_t count = replay(argv[i]);
    std::printf("%s: %zu\n", argv[i], count);
    if (count == 0) return 1;  // a corpus that is gone must not pass
  }
  return 0;
}
