package phone

import "math/bits"

// Codec is a G.711 companding law (ITU-T G.711), named by its static RTP payload type (RFC 3551, table 4).
type Codec uint8

const (
	// PCMU is G.711 µ-law, payload type 0.
	PCMU Codec = 0
	// PCMA is G.711 A-law, payload type 8.
	PCMA Codec = 8
)

// String is the encoding name of RFC 3551.
func (c Codec) String() string {
	if c == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// silence is the code word of sample value zero.
func (c Codec) silence() byte {
	if c == PCMA {
		return 0xD5
	}
	return 0xFF
}

// encode compands one 16-bit sample.
func (c Codec) encode(sample int16) byte {
	if c == PCMA {
		return encodeALaw(sample)
	}
	return encodeULaw(sample)
}

// decodeTables holds each law's 256 linear values as floats, the form the analysis wants.
var decodeTables = func() (t struct{ ulaw, alaw [256]float32 }) {
	for i := range 256 {
		t.ulaw[i] = float32(decodeULaw(byte(i)))
		t.alaw[i] = float32(decodeALaw(byte(i)))
	}
	return t
}()

// table gives the linear value of each code word.
func (c Codec) table() *[256]float32 {
	if c == PCMA {
		return &decodeTables.alaw
	}
	return &decodeTables.ulaw
}

// ulawBias is added to a magnitude before its segment is found (G.711, µ-law, in 16-bit scale).
const ulawBias = 0x84

func encodeULaw(sample int16) byte {
	v, sign := int(sample), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 0x7FFF-ulawBias) + ulawBias
	segment := bits.Len(uint(v)) - 8 // v has 8 to 15 bits: segments 0 to 7
	mantissa := byte(v>>(segment+3)) & 0x0F
	return ^(sign | byte(segment)<<4 | mantissa)
}

func decodeULaw(code byte) int16 {
	code = ^code
	v := ((int(code&0x0F) << 3) + ulawBias) << ((code & 0x70) >> 4)
	v -= ulawBias
	if code&0x80 != 0 {
		return int16(-v)
	}
	return int16(v)
}

func encodeALaw(sample int16) byte {
	v, sign := int(sample), byte(0x80)
	if v < 0 {
		v, sign = -v-1, 0
	}
	v >>= 4 // the smallest step is 16 in this scale: 11 bits remain
	code := byte(v)
	if v >= 32 { // below, segments 0 and 1 have the same step and the value is the code
		segment := bits.Len(uint(v)) - 4
		code = byte(segment)<<4 | byte(v>>(segment-1))&0x0F
	}
	return (code | sign) ^ 0x55
}

func decodeALaw(code byte) int16 {
	code ^= 0x55
	segment, mantissa := int(code&0x70)>>4, int(code&0x0F)
	v := mantissa<<4 + 8
	if segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if code&0x80 == 0 {
		return int16(-v)
	}
	return int16(v)
}
