// Which rules of keepalived's configuration grammar a version follows. One place, so that "since when"
// is written down once.
#pragma once

#include "guardian/core/model.hpp"

namespace guardian::keepalived {

class Grammar {
 public:
  explicit Grammar(const core::Version& version) : version_(version) {}

  bool since(int major, int minor, int patch) const { return !(version_ < core::Version{major, minor, patch}); }
  const core::Version& version() const { return version_; }

  bool definitions() const { return since(1, 4, 0); }         ///< $NAME=value, ${NAME}
  bool splitsBraces() const { return since(1, 4, 2); }        ///< `{` and `}` need no blanks around them
  bool decomments() const { return since(2, 0, 9); }          ///< `\#`, `\!`; comments taken off the line first
  bool sequences() const { return since(2, 0, 9); }           ///< ~SEQ
  bool lists() const { return since(2, 1, 0); }               ///< ~LST, ~SEQx, inside value blocks too
  bool itemsOnKeywordLine() const { return since(2, 1, 0); }  ///< `virtual_ipaddress { 10.0.0.1 }` works
  bool includesAnywhere() const { return since(2, 1, 4); }    ///< inside value blocks, too
  bool includesRestOfLine() const { return since(2, 1, 4); }  ///< quotes belong to the name
  bool includeVariants() const { return since(2, 2, 0); }     ///< includer, includem, ...
  /// The VRRP process starts with the brace count that the parent's own reading of the file left over.
  bool inheritsSkipping() const { return !since(1, 4, 3) || (since(2, 0, 8) && !since(2, 0, 20)); }
  /// Behind a block that it skips it is back on the level around it; before, it stays on the one inside.
  bool leavesSkippedBlocks() const { return since(1, 4, 5); }
  bool keepsGroupOfOne() const { return since(2, 2, 3) || (since(1, 4, 0) && !since(2, 1, 0)); }
  /// The parent reads the global settings, the VRRP process the rest; before, it reads all by itself.
  bool globalsByParent() const { return since(2, 0, 0); }
  bool dynamicInterfaces() const { return since(2, 0, 0); }  ///< an interface may appear after the start

 private:
  core::Version version_;
};

}  // namespace guardian::keepalived
