/* Viewers of live rooms: many websockets of graphql-transport-ws in one thread, which check and time what they get.

     viewers PORT CONTROL_PORT CONNECTIONS FIRST_ROOM ROOMS MESSAGES TEXT

   Viewer i watches room FIRST_ROOM + i % ROOMS. MESSAGES is a file with a subscribe message on each line; viewer i sends
   the line i % lines. They come from 127.0.0.2 and so on, 150 from each address, as from so many households.

   The server publishes what the control port tells it, "ROOM TEXT" on each line; 0 where somebody else publishes. TEXT
   ends with "@T:N@": T is the microsecond (CLOCK_MONOTONIC) at which the event was due, N its number in the room. An
   event without ":N" is timed, not numbered. A command on standard input is answered with one line of JSON:

     connect                 connect everybody and subscribe
     reach                   publish now and then until everybody heard something: subscribing itself has no answer
     steady RATE SECONDS     publish so many events per second, due at fixed times whether the server keeps up or not
     flood WINDOW SECONDS LEAST   publish as fast as the server delivers, WINDOW events on their way; at least LEAST
     hear                    forget what was heard
     tell                    tell what was heard since
*/
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    PER_ADDRESS = 150,
    CONNECTING_AT_ONCE = 64,
    LONGEST_READ = 1 << 18,
    LONGEST_FRAME = 1 << 16,
    EVENTS_AT_ONCE = 512,
    EXACT = 64,       /* latencies below so many microseconds have a bucket each */
    PER_OCTAVE = 32,  /* above, a bucket is 3 % wide */
    BUCKETS = EXACT + 40 * PER_OCTAVE,
};
enum { TEXT_FRAME = 1, CLOSE_FRAME = 8, PING_FRAME = 9, PONG_FRAME = 10 };
enum { STDIN = UINT32_MAX };
static const uint64_t SECOND = 1000000, PATIENCE = 15 * SECOND, QUIET = SECOND / 2;

static const char HANDSHAKE[] =
    "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";
static const char ACCEPTED[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; /* what follows from the key above (RFC 6455, 1.3) */
static const char INIT[] = "{\"type\":\"connection_init\",\"payload\":{}}";
static const char PONG[] = "{\"type\":\"pong\"}";

enum stage { CONNECTING, SHAKING_HANDS, INITIALISING, WATCHING, GONE };

struct viewer {
    int fd;
    enum stage stage;
    uint64_t next;       /* the number of the next event; 0 before the first one */
    unsigned char *rest; /* the beginning of a frame whose end has not come yet */
    size_t rest_length;
};

struct tally {
    uint64_t published, deliveries, bytes, missing, disordered, last_at, latest_us;
    uint64_t latencies[BUCKETS];
};

static int poll_fd, control_fd = -1, connections, rooms, first_room, message_count;
static struct viewer *viewers;
static char **messages;
static const char *text;
static uint64_t *numbers; /* of the last event of each room */
static int watching, gone, heard_something;
static struct tally tally;
static bool commanded;

static uint64_t now_us(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * SECOND + at.tv_nsec / 1000;
}

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
    fprintf(stderr, "viewers: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* --- latencies ---------------------------------------------------------------------------------------------------- */

static int bucket_of(uint64_t us) {
    if (us < EXACT) return us;
    int octave = 63 - __builtin_clzll(us);
    int bucket = EXACT + (octave - 6) * PER_OCTAVE + ((us >> (octave - 5)) & (PER_OCTAVE - 1));
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static double middle_of(int bucket) {
    if (bucket < EXACT) return bucket;
    int octave = (bucket - EXACT) / PER_OCTAVE + 6, step = (bucket - EXACT) % PER_OCTAVE;
    return (double)(1ull << octave) + (step + 0.5) * (1ull << (octave - 5));
}

static double percentile_ms(double share) {
    uint64_t wanted = share * tally.deliveries, seen = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++)
        if ((seen += tally.latencies[bucket]) > wanted) return middle_of(bucket) / 1000;
    return 0;
}

/* --- one viewer --------------------------------------------------------------------------------------------------- */

static void leave(struct viewer *viewer) {
    if (viewer->stage == WATCHING) watching--;
    viewer->stage = GONE;
    gone++;
    close(viewer->fd);
}

/* A short frame, whole, with a mask of zeros. */
static void say(struct viewer *viewer, int opcode, const void *payload, size_t length) {
    unsigned char frame[4096 + 8] = {0x80 | opcode};
    size_t head = 2;
    if (length > 4096) die("a message is too long");
    if (length < 126) {
        frame[1] = 0x80 | length;
    } else {
        frame[1] = 0x80 | 126, frame[2] = length >> 8, frame[3] = length, head = 4;
    }
    head += 4;
    memcpy(frame + head, payload, length);
    if (send(viewer->fd, frame, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length)) leave(viewer);
}

static void take_event(struct viewer *viewer, const char *mark, uint64_t at, size_t length) {
    char *end;
    uint64_t due = strtoull(mark + 1, &end, 10), late = at > due ? at - due : 0;
    tally.deliveries++;
    tally.bytes += length;
    tally.latencies[bucket_of(late)]++;
    tally.last_at = at;
    if (late > tally.latest_us) tally.latest_us = late;
    if (viewer->next == 0) heard_something++;
    if (*end != ':') {
        viewer->next = 1;
        return;
    }
    uint64_t number = strtoull(end + 1, NULL, 10);
    if (viewer->next && number > viewer->next) tally.missing += number - viewer->next;
    if (viewer->next && number < viewer->next) tally.disordered++;
    viewer->next = number + 1;
}

static void take_message(struct viewer *viewer, char *message, size_t length, uint64_t at) {
    char *mark = memchr(message, '@', length);
    if (viewer->stage == INITIALISING && memmem(message, length, "connection_ack", 14)) {
        const char *subscribe = messages[(viewer - viewers) % message_count];
        viewer->stage = WATCHING;
        watching++;
        say(viewer, TEXT_FRAME, subscribe, strlen(subscribe));
    } else if (viewer->stage == WATCHING && mark) {
        take_event(viewer, mark, at, length);
    } else if (memmem(message, length, "\"ping\"", 6)) {
        say(viewer, TEXT_FRAME, PONG, sizeof PONG - 1);
    } else if (!memmem(message, length, "\"pong\"", 6)) {
        fprintf(stderr, "viewers: not expected: %.*s\n", (int)(length > 300 ? 300 : length), message);
        leave(viewer);
    }
}

static void take_frame(struct viewer *viewer, unsigned char *frame, unsigned char *payload, size_t length, uint64_t at) {
    switch (frame[0] & 15) {
    case TEXT_FRAME:
        take_message(viewer, (char *)payload, length, at);
        break;
    case PING_FRAME:
        say(viewer, PONG_FRAME, payload, length);
        break;
    case CLOSE_FRAME:
        fprintf(stderr, "viewers: closed with %d\n", length < 2 ? 0 : payload[0] << 8 | payload[1]);
        leave(viewer);
        break;
    }
}

/* Take the whole frames at the beginning of the data; returns how long they are. Servers do not mask. */
static size_t take_frames(struct viewer *viewer, unsigned char *data, size_t size, uint64_t at) {
    size_t done = 0;
    while (viewer->stage != GONE && size - done >= 2) {
        unsigned char *frame = data + done;
        size_t length = frame[1], head = 2;
        if (length == 126) {
            if (size - done < 4) break;
            length = frame[2] << 8 | frame[3], head = 4;
        } else if (length > 126) {
            errno = EPROTO;
            die("a frame is masked or longer than events are");
        }
        if (size - done < head + length) break;
        take_frame(viewer, frame, frame + head, length, at);
        done += head + length;
    }
    return done;
}

/* The answer to the handshake, if it is there as a whole; returns how long it is. */
static size_t take_handshake(struct viewer *viewer, unsigned char *data, size_t size) {
    unsigned char *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12) || !memmem(data, size, ACCEPTED, sizeof ACCEPTED - 1)) {
        fprintf(stderr, "viewers: no handshake: %.*s\n", (int)(end - data), data);
        leave(viewer);
        return size;
    }
    viewer->stage = INITIALISING;
    say(viewer, TEXT_FRAME, INIT, sizeof INIT - 1);
    return end + 4 - data;
}

static void keep(struct viewer *viewer, unsigned char *data, size_t size) {
    if (size > LONGEST_FRAME) {
        errno = EMSGSIZE;
        die("a frame");
    }
    if (size && !viewer->rest) viewer->rest = malloc(LONGEST_FRAME);
    if (size) memmove(viewer->rest, data, size);
    viewer->rest_length = size;
}

static void hear(struct viewer *viewer) {
    static unsigned char data[LONGEST_FRAME + LONGEST_READ];
    size_t kept = viewer->rest_length;
    ssize_t got;
    if (kept) memcpy(data, viewer->rest, kept);
    got = recv(viewer->fd, data + kept, LONGEST_READ, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        leave(viewer);
        return;
    }
    size_t size = kept + got, done = viewer->stage == SHAKING_HANDS ? take_handshake(viewer, data, size) : 0;
    if (viewer->stage != SHAKING_HANDS) done += take_frames(viewer, data + done, size - done, now_us());
    if (viewer->stage != GONE) keep(viewer, data + done, size - done);
}

static void watch_for(int fd, uint32_t events, uint32_t who, int operation) {
    struct epoll_event event = {.events = events, .data.u32 = who};
    if (epoll_ctl(poll_fd, operation, fd, &event)) die("epoll_ctl");
}

static void begin(int index, int port) {
    struct viewer *viewer = &viewers[index];
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + index / PER_ADDRESS)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000001)};
    int on = 1;
    viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (viewer->fd < 0) die("socket");
    setsockopt(viewer->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(viewer->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
    if (connect(viewer->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    watch_for(viewer->fd, EPOLLOUT, index, EPOLL_CTL_ADD);
}

static void shake_hands(struct viewer *viewer) {
    watch_for(viewer->fd, EPOLLIN, viewer - viewers, EPOLL_CTL_MOD);
    viewer->stage = SHAKING_HANDS;
    if (send(viewer->fd, HANDSHAKE, sizeof HANDSHAKE - 1, MSG_NOSIGNAL) != sizeof HANDSHAKE - 1) leave(viewer);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* Serve whoever has something to read, for so long at most. */
static void serve(uint64_t us) {
    static struct epoll_event events[EVENTS_AT_ONCE];
    struct timespec wait = {us / SECOND, us % SECOND * 1000};
    int count = epoll_pwait2(poll_fd, events, EVENTS_AT_ONCE, &wait, NULL);
    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == STDIN) {
            commanded = true;
            continue;
        }
        struct viewer *viewer = &viewers[events[i].data.u32];
        if (viewer->stage == CONNECTING) shake_hands(viewer);
        else if (viewer->stage != GONE) hear(viewer);
    }
}

static void publish(int room, uint64_t due) {
    char line[1024];
    int length = snprintf(line, sizeof line, "%d %s@%" PRIu64 ":%" PRIu64 "@\n", first_room + room, text, due,
                          ++numbers[room]);
    if (write(control_fd, line, length) != length) die("the server takes no orders");
    tally.published++;
}

static void forget(void) {
    memset(&tally, 0, sizeof tally);
    tally.last_at = now_us();
}

/* Serve until so much was delivered, or nothing is for a while; returns whether it was. */
static bool wait_for(uint64_t deliveries, uint64_t patience) {
    uint64_t began = now_us();
    while (tally.deliveries < deliveries) {
        uint64_t since = tally.last_at > began ? tally.last_at : began;
        if (now_us() - since > patience) return false;
        serve(SECOND / 100);
    }
    return true;
}

static uint64_t deliveries_of(uint64_t events) { return events * watching / rooms; }

static void connect_all(int port) {
    uint64_t began = now_us();
    for (int started = 0; watching + gone < connections && now_us() - began < 120 * SECOND;) {
        while (started < connections && started - watching - gone < CONNECTING_AT_ONCE) begin(started++, port);
        serve(SECOND / 100);
    }
    printf("{\"watching\": %d, \"seconds\": %.3f}\n", watching, (now_us() - began) / 1e6);
}

static void reach(void) {
    uint64_t began = now_us();
    do {
        for (int room = 0; room < rooms; room++) publish(room, now_us());
        wait_for(UINT64_MAX, QUIET);
    } while (heard_something < watching && now_us() - began < 60 * SECOND);
    printf("{\"reached\": %d, \"seconds\": %.3f}\n", heard_something, (now_us() - began) / 1e6);
}

static void steady(double rate, double seconds) {
    uint64_t began = now_us(), events = rate * seconds < 1 ? 1 : rate * seconds;
    for (uint64_t event = 0; event < events;) {
        uint64_t due = began + event * SECOND / rate, now = now_us();
        if (now >= due) publish(event++ % rooms, due);
        else serve(due - now);
        if (now >= due) serve(0);
    }
    wait_for(deliveries_of(events), PATIENCE);
}

static void flood(uint64_t window, double seconds, uint64_t least) {
    uint64_t until = now_us() + seconds * SECOND, events = 0;
    while (now_us() < until || events < least) {
        while (deliveries_of(events) < tally.deliveries + deliveries_of(window)) publish(events++ % rooms, now_us());
        serve(SECOND / 100);
        if (now_us() - tally.last_at > PATIENCE) break;
    }
    wait_for(deliveries_of(events), PATIENCE);
}

static void tell(uint64_t began, double cpu_before) {
    double seconds = (tally.last_at - began) / 1e6, share = (cpu_s() - cpu_before) / ((now_us() - began) / 1e6);
    uint64_t expected = deliveries_of(tally.published);
    if (expected > tally.deliveries + tally.missing) tally.missing = expected - tally.deliveries;
    printf("{\"events\": %" PRIu64 ", \"deliveries\": %" PRIu64 ", \"missing\": %" PRIu64 ", \"disordered\": %" PRIu64
           ", \"gone\": %d, \"seconds\": %.4f, \"bytes\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f"
           ", \"client_share\": %.3f}\n",
           tally.published, tally.deliveries, tally.missing, tally.disordered, gone, seconds,
           tally.deliveries ? (double)tally.bytes / tally.deliveries : 0, percentile_ms(0.5), percentile_ms(0.99),
           tally.latest_us / 1e3, share);
}

static void obey(char *command, int port) {
    static uint64_t heard_from;
    static double cpu_before;
    double first = 0, second = 0;
    uint64_t window, least;
    if (strncmp(command, "tell", 4)) {
        forget();
        heard_from = now_us();
        cpu_before = cpu_s();
    }
    if (!strncmp(command, "connect", 7)) {
        connect_all(port);
    } else if (!strncmp(command, "reach", 5)) {
        reach();
    } else if (!strncmp(command, "hear", 4)) {
        puts("{}");
    } else {
        if (sscanf(command, "steady %lf %lf", &first, &second) == 2) steady(first, second);
        if (sscanf(command, "flood %" SCNu64 " %lf %" SCNu64, &window, &first, &least) == 3) flood(window, first, least);
        tell(heard_from, cpu_before);
    }
    fflush(stdout);
}

static void read_messages(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (!file) die(path);
    while ((length = getline(&line, &room, file)) > 0) {
        messages = realloc(messages, ++message_count * sizeof *messages);
        messages[message_count - 1] = strndup(line, length - 1);
    }
    free(line);
    fclose(file);
}

static void take_control(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000001)};
    int on = 1;
    control_fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(control_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(control_fd, (struct sockaddr *)&to, sizeof to)) die("the control port");
}

int main(int count, char **arguments) {
    char command[256];
    if (count != 8) {
        fputs("usage: viewers PORT CONTROL_PORT CONNECTIONS FIRST_ROOM ROOMS MESSAGES TEXT\n", stderr);
        return 2;
    }
    int port = atoi(arguments[1]), control = atoi(arguments[2]);
    connections = atoi(arguments[3]), first_room = atoi(arguments[4]), rooms = atoi(arguments[5]);
    read_messages(arguments[6]);
    text = arguments[7];
    viewers = calloc(connections, sizeof *viewers);
    numbers = calloc(rooms, sizeof *numbers);
    poll_fd = epoll_create1(0);
    watch_for(0, EPOLLIN, STDIN, EPOLL_CTL_ADD);
    if (control) take_control(control);
    for (;;) {
        while (!commanded) serve(SECOND);
        commanded = false;
        ssize_t length = read(0, command, sizeof command - 1);
        if (length <= 0) return 0;
        command[length] = 0;
        obey(command, port);
    }
}
