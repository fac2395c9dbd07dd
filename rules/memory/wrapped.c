// The note of ELF by which a static program is known to count its calls.

#define _GNU_SOURCE
#include "preload.h"

__attribute__((section(".note.codspeed"), used, aligned(4))) static const struct wrapped_note note = {
    sizeof WRAPPED_NAME, sizeof note.magic, 1, WRAPPED_NAME, CHANNEL_MAGIC,
};
