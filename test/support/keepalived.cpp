#include "support/keepalived.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>

namespace guardian::test {

void makeVeths() {
  enterFreshNetwork();
  spill("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");  // no link-local addresses that come by themselves
  sh("ip link add v0 address 02:00:5e:10:20:30 type veth peer name v1; ip link set v1 up; ip link set v0 up;"
     "ip address add 192.0.2.10/24 brd + dev v0; ip address add fe80::10/64 dev v0 nodad");
}

std::string keepalivedConf() {
  return R"(vrrp_instance VI_1 {
    interface v0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24 label v0:v
        192.0.2.101/32
    }
}
vrrp_instance VI_6 {
    interface v0
    virtual_router_id 61
    priority 150
    virtual_ipaddress {
        2001:db8::100/64
        2001:db8::200
    }
}
)";
}

Keepalived::Keepalived(const std::string& program, std::vector<std::string> options) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) < 0 || ::pipe2(out, O_CLOEXEC) < 0)
    throw std::runtime_error("making pipes for keepalived");
  Fd childIn(in[0]);
  commands_.reset(in[1]);
  answers_.reset(out[0]);
  Fd childOut(out[1]);
  options.insert(options.begin(), program);
  process_ = Child([&] {
    ::dup2(childIn.get(), STDIN_FILENO);
    ::dup2(childOut.get(), STDOUT_FILENO);
    std::vector<char*> arguments;
    arguments.reserve(options.size() + 1);
    for (std::string& option : options) arguments.push_back(&option[0]);
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    return 127;
  });
  childOut.reset();
  waitForOk();
}

void Keepalived::tell(const std::string& command) {
  const std::string line = command + "\n";
  if (::write(commands_.get(), line.data(), line.size()) < 0)
    throw std::runtime_error("telling keepalived: " + command);
  waitForOk();
}

void Keepalived::becomeMaster() {
  tell("role MASTER");
  tell("install");
}

void Keepalived::becomeBackup() {
  tell("role BACKUP");
  tell("remove");
}

void Keepalived::kill() {
  const std::string vrrp = slurp("/run/vrrp.pid");
  process_.signal(SIGSTOP);  // so that it does nothing about the end of its child
  ::kill(std::stoi(vrrp), SIGKILL);
  process_.end();
}

void Keepalived::waitForOk() {
  std::string text;
  while (text != "ok\n") {
    pollfd waiting{answers_.get(), POLLIN, 0};
    char byte = 0;
    if (::poll(&waiting, 1, 30000) <= 0 || ::read(answers_.get(), &byte, 1) != 1)
      throw std::runtime_error("keepalived does not answer");
    text += byte;
  }
}

}  // namespace guardian::test
