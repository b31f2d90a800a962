package passwd_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/passwd"
)

var cheap = passwd.Params{Memory: 64, Time: 1, Threads: 1}

func TestAPasswordMatchesItsOwnHashAndNoOther(t *testing.T) {
	hash, err := passwd.HashWith(cheap, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horse ": false, "Correct horse": false, "": false} {
		got, err := passwd.Verify(password, hash)
		if err != nil || got != want {
			t.Errorf("Verify(%q) = %v, %v; want %v", password, got, err, want)
		}
	}
	again, err := passwd.HashWith(cheap, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if again == hash {
		t.Error("two hashes of one password are equal: the salt is not random")
	}
}

func TestTheRecommendedHashIsWrittenAsPHC(t *testing.T) {
	hash, err := passwd.Hash("x")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=65536,t=3,p=1$"; !strings.HasPrefix(hash, want) {
		t.Errorf("hash = %s; want it to begin with %s", hash, want)
	}
	if ok, err := passwd.Verify("x", hash); !ok || err != nil {
		t.Errorf("Verify = %v, %v", ok, err)
	}
}

// The vector is one of test.c of the reference implementation (argon2id, version 0x13, t=2, m=2^16, p=1).
func TestAHashOfTheReferenceImplementationIsUnderstood(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := passwd.Verify("password", hash); err != nil || !ok {
		t.Errorf("Verify = %v, %v; want true", ok, err)
	}
}

func TestADecoyMatchesNothing(t *testing.T) {
	decoy := passwd.Decoy(cheap)
	params, err := passwd.Parse(decoy)
	if err != nil || params != cheap {
		t.Fatalf("Parse(decoy) = %v, %v; want %v", params, err, cheap)
	}
	if ok, err := passwd.Verify("password", decoy); ok || err != nil {
		t.Errorf("Verify = %v, %v; want false", ok, err)
	}
}

func TestPasswordsThatCannotBeHashedAreRefused(t *testing.T) {
	if _, err := passwd.Hash(""); !errors.Is(err, passwd.ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
	if _, err := passwd.Hash(strings.Repeat("x", passwd.MaxLength+1)); !errors.Is(err, passwd.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	hash, err := passwd.HashWith(cheap, "x")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := passwd.Verify(strings.Repeat("x", passwd.MaxLength+1), hash); ok || err != nil {
		t.Errorf("Verify of an overlong password = %v, %v; want false", ok, err)
	}
}

func TestMalformedOrRuinousHashesAreRefused(t *testing.T) {
	for name, hash := range map[string]string{
		"empty":            "",
		"bcrypt":           "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
		"argon2i":          "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"old version":      "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"no parameters":    "$argon2id$v=19$$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"unknown order":    "$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"16 GiB":           "$argon2id$v=19$m=16777216,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"a million passes": "$argon2id$v=19$m=64,t=1000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"no time":          "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"no threads":       "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"300 threads":      "$argon2id$v=19$m=64000,t=1,p=300$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"padded salt":      "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ=$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"short salt":       "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8",
		"empty hash":       "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
	} {
		if _, err := passwd.Parse(hash); err == nil {
			t.Errorf("%s: Parse(%q) found nothing wrong", name, hash)
		}
		if ok, err := passwd.Verify("x", hash); ok || err == nil {
			t.Errorf("%s: Verify = %v, %v; want an error", name, ok, err)
		}
	}
}
