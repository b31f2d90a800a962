package phone

import "testing"

// The corner values are those of ITU-T G.711's tables 1a and 2a in 16-bit scale.
func TestG711CornerValues(t *testing.T) {
	for _, tc := range []struct {
		codec  Codec
		sample int16
		code   byte
	}{
		{PCMU, 0, 0xFF}, {PCMU, 32767, 0x80}, {PCMU, -32768, 0x00}, {PCMU, -4, 0x7E}, {PCMU, 1000, 0xCE},
		{PCMA, 0, 0xD5}, {PCMA, 32767, 0xAA}, {PCMA, -32768, 0x2A}, {PCMA, -1, 0x55}, {PCMA, 1000, 0xFA},
	} {
		if got := tc.codec.encode(tc.sample); got != tc.code {
			t.Errorf("%v: %d encoded to %#02x, want %#02x", tc.codec, tc.sample, got, tc.code)
		}
	}
}

// Each code word must survive decoding and encoding again; µ-law's two zeros are one value and so share a code.
func TestG711RoundTrip(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		table := codec.table()
		for code := range 256 {
			sample := int16(table[code])
			got := codec.encode(sample)
			if got != byte(code) && !(codec == PCMU && sample == 0) {
				t.Errorf("%v: code %#02x decodes to %d, which encodes to %#02x", codec, code, sample, got)
			}
		}
		if got := table[codec.silence()]; got < -8 || got > 8 {
			t.Errorf("%v: silence decodes to %v", codec, got)
		}
	}
}

// The companding error stays under half a step: 1/32 of the value, or the smallest step near zero.
func TestG711Error(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		table := codec.table()
		for s := -32000; s <= 32000; s += 7 {
			got := int(table[codec.encode(int16(s))])
			diff, limit := got-s, max(16, max(s, -s)/16)
			if diff > limit || diff < -limit {
				t.Fatalf("%v: %d became %d", codec, s, got)
			}
		}
	}
}
