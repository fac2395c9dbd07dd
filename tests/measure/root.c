// What a program sees of a pinned root: `root look` prints it, `root separate` leaves the root.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_result(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static void print_file(const char *path) {
  char text[64] = "";
  int file = open(path, O_RDONLY);
  print_result(path, file < 0 ? -1 : read(file, text, sizeof text - 1));
  if (file >= 0) close(file);
  printf("%s", text);
}

static void print_folder(const char *path) {
  DIR *folder = opendir(path);
  struct dirent *entry;
  while (folder && (entry = readdir(folder)))
    if (entry->d_name[0] != '.') printf("in %s: %s\n", path, entry->d_name);
  if (folder) closedir(folder);
}

int main(int count, char **arguments) {
  char link[64] = "";
  struct stat status;
  if (count > 1 && !strcmp(arguments[1], "separate")) return unshare(CLONE_NEWNS) < -1;
  printf("libc %s\n", gnu_get_libc_version());
  print_file("/etc/of-the-root");
  print_file("//usr/share/../share/./of-the-root/file");
  print_file("/lib/linked");
  print_folder("/usr/share/of-the-root");
  print_result("readlink", readlink("/usr/lib/linked", link, sizeof link - 1));
  printf("%s\n", link);
  print_result("readlink of a file", readlink("/etc/of-the-root", link, sizeof link - 1));
  print_result("access", access("/etc/of-the-root", R_OK));
  print_result("access to run", access("/etc/of-the-root", X_OK));
  print_result("access to write", access("/etc/of-the-root", W_OK));
  print_result("open to write", open("/etc/of-the-root", O_WRONLY));
  print_result("make", open("/usr/new", O_WRONLY | O_CREAT, 0600));
  print_result("size of 4", stat("/etc/of-the-root", &status) || status.st_size != 4 ? -1 : 0);
  print_result("a link itself", lstat("/usr/lib/linked", &status) || !S_ISLNK(status.st_mode) ? -1 : 0);
  print_result("access to the compiler", access(arguments[2], F_OK));
  print_result("stat of the compiler", stat(arguments[2], &status));
  print_result("open the compiler", open(arguments[2], O_RDONLY));
  print_result("open the temporary folder", open("/tmp", O_RDONLY | O_DIRECTORY));
  return 0;
}
