/* A file system that stops at once, as when the power fails: nothing that it has not written to its
 * device yet goes there, its log neither (the "shutdown" of ext4 and XFS).
 *
 *   stop_fs MOUNTPOINT */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH 2u

int main(int argc, char **argv)
{
    uint32_t how = NO_LOG_FLUSH;
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || ioctl(fd, SHUTDOWN, &how) != 0) {
        perror("stop_fs MOUNTPOINT");
        return 1;
    }
    return 0;
}
