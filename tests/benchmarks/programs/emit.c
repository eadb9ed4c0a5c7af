/* emit LINES: print lines of 80 characters as fast as they are taken; each thousandth begins with "Progress". */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 81
#define LINES 1000

static char block[LINES * WIDTH];

int main(int count, char **arguments)
{
    long left = count > 1 ? atol(arguments[1]) : LINES;
    memset(block, '.', sizeof block);
    for (int line = 0; line < LINES; line++)
        block[line * WIDTH + WIDTH - 1] = '\n';
    memcpy(block, "Progress", 8);
    for (; left > 0; left -= LINES) {
        size_t size = (size_t)(left < LINES ? left : LINES) * WIDTH;
        for (size_t done = 0; done < size;) {
            ssize_t written = write(1, block + done, size - done);
            if (written < 0)
                return 1;
            done += (size_t)written;
        }
    }
    return 0;
}
