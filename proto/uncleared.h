/* uncleared: the build clears every local variable when it comes to life. A large one that is
 * written before it is read, on the path of every event or row, says that it need not be. */
#ifndef SIAGA_PROTO_UNCLEARED_H
#define SIAGA_PROTO_UNCLEARED_H

#define UNCLEARED __attribute__((uninitialized))

#endif
