package web

import (
	"io"
	"net"
	"testing"
)

// Who is at the door when it closes is let in with what he has brought; who
// comes later finds it closed.
func TestTheDoorCloses(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := Listen(tcp)
	for range 3 {
		c, err := net.Dial("tcp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if err := door.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", tcp.Addr().String()); err == nil {
		t.Error("the door is open")
	}
	for range 3 {
		c, err := door.Accept()
		if err != nil {
			t.Fatal(err)
		}
		heard := make([]byte, 5)
		if _, err := io.ReadFull(c, heard); err != nil || string(heard) != "hello" {
			t.Errorf("%q %v", heard, err)
		}
		if _, ok := c.(*wire); !ok {
			t.Errorf("%T", c)
		}
		c.Close()
	}
	if _, err := door.Accept(); err == nil {
		t.Error("a fourth")
	}
}
