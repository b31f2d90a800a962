// Package passwd hashes and checks sign-in passwords with argon2id (RFC 9106).
//
// A hash is written in the PHC string format, so it carries its own parameters and salt:
//
//	$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$…
package passwd

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// MaxLength is the longest password that is accepted, in bytes. Argon2 has no such limit; this one keeps a request from buying
// work with megabytes.
const MaxLength = 1024

// Errors of [Hash] and [Parse].
var (
	ErrEmpty     = errors.New("the password is empty")
	ErrTooLong   = fmt.Errorf("the password is longer than %d bytes", MaxLength)
	ErrMalformed = errors.New("not an argon2id hash in PHC form ($argon2id$v=19$m=…,t=…,p=…$salt$hash)")
)

// Params say how much work a hash costs.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8  // lanes
}

// Recommended costs about a fifth of a second and 64 MiB on one core. It is the second recommended option of RFC 9106, section 4, but
// with one lane instead of four: agents sign in while others talk, and one sign-in must not occupy every core.
var Recommended = Params{Memory: 64 * 1024, Time: 3, Threads: 1}

// A configured hash decides how much work a sign-in costs, so it is bounded: beyond this it is a mistake.
var limit = Params{Memory: 1024 * 1024, Time: 64, Threads: 64}

const (
	saltLength = 16
	keyLength  = 32
)

// Hash hashes a password with the recommended parameters and a new salt.
func Hash(password string) (string, error) { return HashWith(Recommended, password) }

// HashWith hashes a password with parameters of your choice, for example cheap ones for a load test's agents.
func HashWith(p Params, password string) (string, error) {
	switch {
	case password == "":
		return "", ErrEmpty
	case len(password) > MaxLength:
		return "", ErrTooLong
	}
	if err := p.check(); err != nil {
		return "", err
	}
	salt := random(saltLength)
	return encode(p, salt, p.key(password, salt, keyLength)), nil
}

// Decoy is a hash with parameters p that no password matches. Checking a password against it costs what checking a real one does, so
// that the time of a refusal does not tell whether the user exists.
func Decoy(p Params) string { return encode(p, random(saltLength), random(keyLength)) }

// Verify tells whether password belongs to the hash. It takes the same time for every password.
func Verify(password, hash string) (bool, error) {
	p, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	if len(password) > MaxLength {
		return false, nil
	}
	got := p.key(password, salt, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// Parse checks that hash is well-formed and its cost bearable, and tells that cost.
func Parse(hash string) (Params, error) {
	p, _, _, err := parse(hash)
	return p, err
}

func (p Params) key(password string, salt []byte, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, length)
}

func (p Params) check() error {
	switch {
	case p.Time < 1 || p.Time > limit.Time:
		return fmt.Errorf("argon2id time t=%d is out of range; expected 1 to %d", p.Time, limit.Time)
	case p.Threads < 1 || p.Threads > limit.Threads:
		return fmt.Errorf("argon2id parallelism p=%d is out of range; expected 1 to %d", p.Threads, limit.Threads)
	case p.Memory < 8*uint32(p.Threads) || p.Memory > limit.Memory: // RFC 9106, section 3.1: at least 8p KiB
		return fmt.Errorf("argon2id memory m=%d KiB is out of range; expected %d to %d", p.Memory, 8*uint32(p.Threads), limit.Memory)
	}
	return nil
}

func encode(p Params, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.Memory, p.Time, p.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

func parse(hash string) (p Params, salt, key []byte, err error) {
	none := Params{}
	fields := strings.Split(hash, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return none, nil, nil, ErrMalformed
	}
	if fields[2] != "v="+strconv.Itoa(argon2.Version) {
		return none, nil, nil, fmt.Errorf("argon2id version %q is not supported; expected v=%d", fields[2], argon2.Version)
	}
	costs := strings.Split(fields[3], ",")
	if len(costs) != 3 {
		return none, nil, nil, ErrMalformed
	}
	var numbers [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(costs[i], name)
		bits := 32
		if name == "p=" {
			bits = 8
		}
		if numbers[i], err = strconv.ParseUint(digits, 10, bits); !ok || err != nil {
			return none, nil, nil, ErrMalformed
		}
	}
	p = Params{Memory: uint32(numbers[0]), Time: uint32(numbers[1]), Threads: uint8(numbers[2])}
	if err := p.check(); err != nil {
		return none, nil, nil, err
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, saltErr := b64.DecodeString(fields[4])
	key, keyErr := b64.DecodeString(fields[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 || len(key) > 128 {
		return none, nil, nil, ErrMalformed
	}
	return p, salt, key, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails; the program ends if the system has no randomness (crypto/rand)
	return b
}
