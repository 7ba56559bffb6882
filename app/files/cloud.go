package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/memblob"   // mem://, for tests
	_ "gocloud.dev/blob/s3blob"    // s3://
	"gocloud.dev/gcerrors"

	"loket/app/fault"
)

// cloud keeps the bytes in an object store, which stores whole objects or none.
type cloud struct{ *blob.Bucket }

func openCloud(ctx context.Context, where string) (bucket, error) {
	b, err := blob.OpenBucket(ctx, where)
	if err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	return cloud{b}, nil
}

func (c cloud) put(ctx context.Context, name string, from io.Reader, _ time.Time) error {
	// Cancelling before Close is how a half-written object is given up.
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	w, err := c.NewWriter(ctx, name, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, from); err != nil {
		giveUp()
		_ = w.Close()
		return err
	}
	return w.Close()
}

func (c cloud) get(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	r, err := c.NewReader(ctx, name, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fault.NotFound
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (c cloud) remove(ctx context.Context, name string) error {
	if err := c.Delete(ctx, name); gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	return nil
}

func (c cloud) each(ctx context.Context, do func(string, time.Time) error) error {
	for list := c.List(nil); ; {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(object.Key, object.ModTime); err != nil {
			return err
		}
	}
}

func (c cloud) close() error { return c.Bucket.Close() }
