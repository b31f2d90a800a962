package ari

import (
	"context"
	"net/http"
)

// Requests that many resources have.

func get(segments ...string) request {
	return request{method: http.MethodGet, path: pathOf(segments...), again: true}
}

// remove is a request to delete something, which may be sent again since what is gone stays gone.
func remove(segments ...string) request {
	return request{method: http.MethodDelete, path: pathOf(segments...), again: true, after: gone}
}

// model is a pointer to something that a response can hold.
type model[T any] interface {
	*T
	decode(p *parser)
}

// fetch makes a request that is answered by a T.
func fetch[T any, P model[T]](ctx context.Context, c *Client, r request) (*T, error) {
	v := new(T)
	if err := c.do(ctx, r, P(v).decode); err != nil {
		return nil, err
	}
	return v, nil
}

// fetchList makes a request that is answered by a list of T.
func fetchList[T any, P model[T]](ctx context.Context, c *Client, r request) ([]T, error) {
	var list []T
	if err := c.do(ctx, r, func(p *parser) { list = readList[T, P](p) }); err != nil {
		return nil, err
	}
	return list, nil
}

func (c *Client) variable(ctx context.Context, path, name string) (string, error) {
	v, err := fetch[variable](ctx, c, request{
		method: http.MethodGet, path: path, query: newParams().text("variable", name), again: true,
	})
	if err != nil {
		return "", err
	}
	return v.Value, nil
}

func (c *Client) variables(ctx context.Context, path string, names []string) (map[string]string, error) {
	v, err := fetch[Variables](ctx, c, request{
		method: http.MethodGet, path: path, query: newParams().list("variables", names), again: true,
	})
	if err != nil {
		return nil, err
	}
	return v.Variables, nil
}
