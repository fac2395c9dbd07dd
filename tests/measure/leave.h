// What a benchmark may leave where a driver looks: `leave:KIND:PLACE`.
//
// PLACE is `map`, the map of generated code of this process, or a path below the working folder
// (`here/...`), $CODSPEED_PROFILE_FOLDER (`profile/...`), $CODSPEED_CARGO_WORKSPACE_ROOT
// (`cargo/...`) or $TMPDIR (`tmp/...`). Folders above it must be there.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void leave_at(char *at, size_t size, const char *place) {
  const char *rest = strchr(place, '/');
  if (strcmp(place, "map") == 0)
    snprintf(at, size, "/tmp/perf-%d.map", (int)getpid());
  else if (strncmp(place, "profile/", 8) == 0)
    snprintf(at, size, "%s%s", getenv("CODSPEED_PROFILE_FOLDER"), rest);
  else if (strncmp(place, "cargo/", 6) == 0)
    snprintf(at, size, "%s%s", getenv("CODSPEED_CARGO_WORKSPACE_ROOT"), rest);
  else if (strncmp(place, "tmp/", 4) == 0)
    snprintf(at, size, "%s%s", getenv("TMPDIR"), rest);
  else
    snprintf(at, size, ".%s", rest);
}

static int leave_deep(const char *at, int levels) {
  char *back = getcwd(NULL, 0);
  int failed = mkdir(at, 0755) || chdir(at);
  // By names: the whole path is longer than the kernel takes.
  for (int i = 0; !failed && i < levels; ++i) failed = mkdir("d", 0755) || chdir("d");
  return failed || chdir(back);
}

static int leave_socket(const char *at) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int made = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(name.sun_path, at, sizeof name.sun_path - 1);
  return bind(made, (struct sockaddr *)&name, sizeof name);
}

static int leave_file(const char *at, long size, int mode) {
  int file = open(at, O_CREAT | O_WRONLY, 0644);
  return file < 0 || ftruncate(file, size) || fchmod(file, mode) || close(file);
}

static void leave(const char *program, const char *what) {
  char kind[32], at[4096];
  const char *place = strchr(what, ':') + 1;
  int failed = 1;
  snprintf(kind, sizeof kind, "%.*s", (int)(place - 1 - what), what);
  leave_at(at, sizeof at, place);
  if (strcmp(kind, "passwd") == 0) failed = symlink("/etc/passwd", at);
  if (strcmp(kind, "etc") == 0) failed = symlink("/etc", at);
  if (strcmp(kind, "zero") == 0) failed = symlink("/dev/zero", at);
  if (strcmp(kind, "itself") == 0) failed = symlink(at, at);
  if (strcmp(kind, "fifo") == 0) failed = mkfifo(at, 0644);
  if (strcmp(kind, "folder") == 0) failed = mkdir(at, 0755);
  if (strcmp(kind, "socket") == 0) failed = leave_socket(at);
  if (strcmp(kind, "sparse") == 0) failed = leave_file(at, 3L << 30, 0644);
  if (strcmp(kind, "unreadable") == 0) failed = leave_file(at, 5, 0);
  if (strcmp(kind, "hard") == 0) failed = link(program, at);
  if (strcmp(kind, "deep") == 0) failed = leave_deep(at, 1100);
  if (strcmp(kind, "deeper") == 0) failed = leave_deep(at, 3000);
  if (failed) {
    perror(what);
    exit(9);
  }
}
