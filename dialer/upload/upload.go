package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Storage is a bucket of a storage. Its methods may be called from many goroutines.
type Storage struct {
	cfg    Config
	client *minio.Client
}

// Open makes a client of the storage. Nothing is sent yet.
func Open(cfg Config) (*Storage, error) {
	u, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint of the storage: %w", err)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey.Reveal(), ""), Secure: u.Scheme == "https", Region: cfg.Region,
		MaxRetries: 1, // who uploads tries again, and says so
	})
	if err != nil {
		return nil, fmt.Errorf("endpoint of the storage: %w", err)
	}
	return &Storage{cfg, client}, nil
}

// Bucket is the bucket that it puts objects into.
func (s *Storage) Bucket() string { return s.cfg.Bucket }

// Object names the object of a file.
func (s *Storage) Object(file string) string { return s.cfg.Prefix + file }

// ErrNotWhole: the storage took an object and has not all of it.
var ErrNotWhole = errors.New("the storage does not have the whole object")

// Put uploads an object, and answers without an error only when the storage has all of it: the storage compares what it got with checksums, and is
// asked then how long the object is. An object of the same name is replaced.
func (s *Storage) Put(ctx context.Context, object string, content io.Reader, size int64) error {
	_, err := s.client.PutObject(ctx, s.cfg.Bucket, object, content, size, minio.PutObjectOptions{ContentType: "audio/wav", SendContentMd5: true})
	if err != nil {
		return fmt.Errorf("upload %s to bucket %s: %w", object, s.cfg.Bucket, err)
	}
	there, err := s.client.StatObject(ctx, s.cfg.Bucket, object, minio.StatObjectOptions{})
	if err != nil {
		return fmt.Errorf("confirm %s in bucket %s: %w", object, s.cfg.Bucket, err)
	}
	if there.Size != size {
		return fmt.Errorf("confirm %s in bucket %s: %w: %d of %d bytes", object, s.cfg.Bucket, ErrNotWhole, there.Size, size)
	}
	return nil
}

// Open opens an object; ctx must last as long as it is read. One that is not there is [fs.ErrNotExist].
func (s *Storage) Open(ctx context.Context, object string) (io.ReadSeekCloser, error) {
	o, err := s.client.GetObject(ctx, s.cfg.Bucket, object, minio.GetObjectOptions{})
	if err == nil {
		if _, err = o.Stat(); err == nil {
			return o, nil
		}
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			err = errors.Join(fs.ErrNotExist, err)
		}
		err = errors.Join(err, o.Close())
	}
	return nil, fmt.Errorf("open %s in bucket %s: %w", object, s.cfg.Bucket, err)
}

// Delete deletes an object; one that is not there is no error.
func (s *Storage) Delete(ctx context.Context, object string) error {
	if err := s.client.RemoveObject(ctx, s.cfg.Bucket, object, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete %s in bucket %s: %w", object, s.cfg.Bucket, err)
	}
	return nil
}
