// `vip-guardian handover INSTANCE`: moves its addresses to the peer, and sees that they arrive.
#pragma once

namespace guardian::cli {

/// 0: another node has them; 1: they came back; 2: no other node took them; 3: it is not known whether this would work,
/// and nothing was done.
int handover(int argc, char** argv);

}  // namespace guardian::cli
