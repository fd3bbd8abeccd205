// A disk that fails on request: while the file named by FAULT_FILE exists, synced writes fail with the errno
// that stands in it. Loaded with LD_PRELOAD, below LevelDB and everything else in the process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int fault(void) {
  const char *path = getenv("FAULT_FILE");
  if (path == NULL) return 0;
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  char text[16] = {0};
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  return length > 0 ? atoi(text) : EIO;
}

static int sync_with(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int error = fault();
  if (error == 0) return real(fd);
  errno = error;
  return -1;
}

int fdatasync(int fd) { return sync_with("fdatasync", fd); }
int fsync(int fd) { return sync_with("fsync", fd); }
