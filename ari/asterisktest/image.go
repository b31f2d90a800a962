package asterisktest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	asteriskimage "github.com/hasshin/hasshin/deploy/asterisk"
)

// imageRepo is the repository of images built here; the tag is the hash of the build context, so that a change of the image's files
// never meets an old image.
const imageRepo = "hasshin/asterisktest"

// buildLockPort is listened on while this machine builds an image: of several test binaries one builds and the others wait and find
// it done.
const buildLockPort = firstPort - 1

func imageFromEnv() string { return os.Getenv("ASTERISKTEST_IMAGE") }

// ensureImage returns the name of an image to run: the named one, or the one built from deploy/asterisk.
func ensureImage(ctx context.Context, o *options) (name string, err error) {
	if o.image != "" {
		return o.image, nil
	}
	archive, hash, err := buildContext(asteriskimage.Files)
	if err != nil {
		return "", fmt.Errorf("pack build context: %w", err)
	}
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return "", fmt.Errorf("reach container engine: %w", err)
	}
	defer func() { err = errors.Join(err, provider.Close()) }()

	name = imageRepo + ":" + hash[:16]
	unlock, err := lockBuild(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	switch _, err := provider.Client().ImageInspect(ctx, name); {
	case err == nil:
		return name, nil
	case !errdefs.IsNotFound(err):
		return "", fmt.Errorf("look for image %s: %w", name, err)
	}
	o.logf("building image %s", name)
	var output tail
	req := testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive: bytes.NewReader(archive),
		Repo:           imageRepo,
		Tag:            hash[:16],
		KeepImage:      true,
		BuildLogWriter: &output,
		BuildOptionsModifier: func(opts *client.ImageBuildOptions) {
			opts.NetworkMode = "host"
		},
	}}
	if _, err := provider.BuildImage(ctx, &req); err != nil {
		return "", fmt.Errorf("build image: %w; the engine said:\n%s", err, output.String())
	}
	return name, nil
}

// buildContext packs files for the engine's builder. Modes are normalised to what a checkout has, as an embedded file system has none
// of its own and the builder's layer cache looks at them.
func buildContext(files fs.FS) (archive []byte, hash string, err error) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if entry.IsDir() {
			return tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if path.Ext(name) == ".sh" {
			mode = 0o755
		}
		if err := tw.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = tw.Write(content)
		return err
	})
	if err := errors.Join(err, tw.Close()); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(buf.Bytes())
	return buf.Bytes(), hex.EncodeToString(sum[:]), nil
}

// lockBuild waits for the machine's build lock.
func lockBuild(ctx context.Context) (unlock func() error, err error) {
	poll := time.NewTicker(200 * time.Millisecond)
	defer poll.Stop()
	for {
		l, err := net.Listen("tcp4", loopback(buildLockPort))
		if err == nil {
			return l.Close, nil
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another process to build the image: %w", context.Cause(ctx))
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct{ lines []string }

var _ io.Writer = (*tail)(nil)

func (t *tail) Write(p []byte) (int, error) {
	t.lines = append(t.lines, strings.Split(strings.TrimRight(string(p), "\n"), "\n")...)
	if extra := len(t.lines) - 60; extra > 0 {
		t.lines = t.lines[extra:]
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.Join(t.lines, "\n") }
