// Package redis holds the build context of the Redis image, for tests that start a
// Redis like the one of the compose file.
package redis

import "embed"

// Image is the name under which compose file and Makefile build the image.
const Image = "hasshin/redis:dev"

// Files is the build context. The image listens on BIND (127.0.0.1), port REDIS_PORT
// (6379), and passes its arguments on to redis-server.
//
//go:embed Dockerfile redis.conf
var Files embed.FS
