// The machine that every program finds.

#ifndef RULES_KERNEL_MACHINE_H_
#define RULES_KERNEL_MACHINE_H_

#define HOST_NAME "localhost"
// The first long-term release that has all that the fixed kernel is built on.
#define KERNEL_RELEASE "5.10.0"
#define KERNEL_VERSION "#1 SMP"
#define MEMORY_KIB 16777216
#define PROCESSES 100
#define UPTIME 1000  // seconds

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

#if defined(__x86_64__)
#define PROCESSOR "x86_64"
#else
#define PROCESSOR "aarch64"
#endif

#endif  // RULES_KERNEL_MACHINE_H_
