package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Hasher hashes and checks passwords with argon2id (RFC 9106), a few at a time:
// each takes 19 MiB and a core for some 25 ms.
type Hasher struct {
	memory, passes uint32
	slots          chan struct{}
}

// NewHasher returns a hasher with the parameters of the OWASP password storage
// recommendation: 19 MiB, two passes, one lane.
func NewHasher() *Hasher {
	return &Hasher{19 * 1024, 2, make(chan struct{}, max(1, runtime.NumCPU()/2))}
}

// CheapHasher is for tests: the same form, hardly any work.
func CheapHasher() *Hasher { return &Hasher{64, 1, make(chan struct{}, 8)} }

// Hash returns the hash to keep for a password.
func (h *Hasher) Hash(password string) string {
	var salt [16]byte
	rand.Read(salt[:]) //nolint:errcheck // never fails, see crypto/rand
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", h.memory, h.passes,
		base64.RawStdEncoding.EncodeToString(salt[:]),
		base64.RawStdEncoding.EncodeToString(h.key(password, salt[:], h.memory, h.passes)))
}

// Check reports whether password is the one that hash was made from. An empty
// hash (no such account, or one without a password) costs as much and is false.
func (h *Hasher) Check(hash, password string) bool {
	memory, passes := h.memory, h.passes
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		h.key(password, make([]byte, 16), memory, passes)
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=1", &memory, &passes); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false
	}
	return subtle.ConstantTimeCompare(want, h.key(password, salt, memory, passes)) == 1
}

func (h *Hasher) key(password string, salt []byte, memory, passes uint32) []byte {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(password), salt, passes, memory, 1, 32)
}
