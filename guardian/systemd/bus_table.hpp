// What sd-bus' macros do for C, in C++17: they need designated initialisers, which GCC 7 takes for simple ones only.
#pragma once

#include <systemd/sd-bus.h>

#include <cstring>

namespace guardian::systemd {

inline sd_bus_vtable emptyEntry() {
  sd_bus_vtable entry;
  std::memset(&entry, 0, sizeof entry);  // of a union all, or what is unused is left to chance
  return entry;
}

inline sd_bus_vtable tableStart() {
  sd_bus_vtable entry = emptyEntry();
  entry.type = _SD_BUS_VTABLE_START;
  entry.x.start.element_size = sizeof entry;
#ifdef SD_BUS_METHOD_WITH_NAMES  // systemd 243
  entry.x.start.features = _SD_BUS_VTABLE_PARAM_NAMES;
  entry.x.start.vtable_format_reference = &sd_bus_object_vtable_format;
#endif
  return entry;
}

inline sd_bus_vtable tableEnd() {
  sd_bus_vtable entry = emptyEntry();
  entry.type = _SD_BUS_VTABLE_END;
  return entry;
}

inline sd_bus_vtable tableProperty(const char* name, const char* type, sd_bus_property_get_t get) {
  sd_bus_vtable entry = emptyEntry();
  entry.type = _SD_BUS_VTABLE_PROPERTY;
  entry.flags = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
  entry.x.property.member = name;
  entry.x.property.signature = type;
  entry.x.property.get = get;
  return entry;
}

/// `names`: of the arguments, then of the results, a zero byte behind each. A systemd before 243 leaves them out.
inline sd_bus_vtable tableMethod(const char* name, const char* arguments, const char* results,
                                 [[maybe_unused]] const char* names, sd_bus_message_handler_t handler) {
  sd_bus_vtable entry = emptyEntry();
  entry.type = _SD_BUS_VTABLE_METHOD;
  entry.flags = SD_BUS_VTABLE_UNPRIVILEGED;  // we ask ourselves who it is: sd-bus would wait for the bus' answer
  entry.x.method.member = name;
  entry.x.method.signature = arguments;
  entry.x.method.result = results;
  entry.x.method.handler = handler;
#ifdef SD_BUS_METHOD_WITH_NAMES
  entry.x.method.names = names;
#endif
  return entry;
}

}  // namespace guardian::systemd
