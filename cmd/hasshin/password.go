package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/hasshin/hasshin/desk/passwd"
)

var passwordCommand = command{
	name:    "password",
	summary: "make the hash of a sign-in password, for password_hash in the configuration",
	about: `
Reads a password (twice and unseen from a terminal, else the first line of
standard input) and prints its argon2id hash in PHC form, for the key password_hash
of an agent. Put it in single quotes: it has dollar signs in it.`,
	setup: func(*flag.FlagSet) func(context.Context, streams, []string) error {
		return func(_ context.Context, std streams, _ []string) error { return hashPassword(std) }
	},
}

func hashPassword(std streams) error {
	read := readLine
	if f, ok := std.in.(*os.File); ok && isTerminal(f) {
		read = func(io.Reader) (string, error) { return askTwice(f, std.err) }
	}
	password, err := read(std.in)
	if err != nil {
		return err
	}
	hash, err := passwd.Hash(password)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, hash)
	return err
}

// readLine takes the first line, so that both echo and a file from an editor do.
func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, passwd.MaxLength+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func askTwice(terminal *os.File, prompts io.Writer) (string, error) {
	ask := func(prompt string) (string, error) {
		fmt.Fprint(prompts, prompt)
		typed, err := term.ReadPassword(int(terminal.Fd()))
		fmt.Fprintln(prompts)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return string(typed), nil
	}
	first, err := ask("password: ")
	if err != nil {
		return "", err
	}
	second, err := ask("once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two differ")
	}
	return first, nil
}
