// Asks the running keepalived for its state: SIGUSR1, and the dump that it writes.
//
// An answer counts only if keepalived began to write it after the question. The dump has no date, other
// programs ask too, and before 2.0.9 it is written in place; so an empty file of ours replaces the one that stands
// there before each question: whatever stands there afterwards is newer.
//
// The directory is world-writable. A dump is read only if it is a regular file of root's with one link. Before
// 2.0.9, keepalived creates it with mode 0666 and follows links; a file that we made ourselves, root's and
// 0600, keeps its mode when it is truncated, so there is no moment at which anybody else could write to it. Nor
// could anybody put a directory there, which no keepalived's dump would replace.
#pragma once

#include <sys/inotify.h>

#include <optional>
#include <string>

#include "guardian/core/model.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::keepalived {

class Asker {
 public:
  /// Throws std::system_error.
  explicit Asker(const std::string& dumpFile = "/tmp/keepalived.data");

  /// Readable when something happened to the dump; call take() then.
  int fd() const { return inotify_.get(); }

  /// Where the answer will stand from now on, of another process perhaps; an open question is given up if that is
  /// elsewhere.
  void expectAt(const std::string& dumpFile);

  /// Puts the question; it replaces one that is still open. ESRCH: there is no such process.
  Result<Done> ask(int vrrpPid);
  /// The answer, if it is complete. An Error (EPERM and the like): a dump that must not be believed.
  std::optional<Result<core::Answer>> take();
  /// No answer is expected any more: stops watching the directory, where anybody's files come and go.
  void done();

 private:
  Result<Done> clear();
  bool isEndOfAnswer(const inotify_event& event);
  Result<std::string> read() const;

  std::string directory_;
  std::string name_;
  std::string path_;
  Fd inotify_;
  int directoryWatch_ = -1;
  int fileWatch_ = -1;    ///< of the file that we made for the answer
  bool renamed_ = false;  ///< keepalived put its own file there since the question
  /// It wrote its last answer into our file. If it does not do so again, the next question but one is answered.
  bool inPlace_ = false;
};

}  // namespace guardian::keepalived
