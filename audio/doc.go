// Package audio has the tones an agent hears: short sequences of notes, one for each event of the work.
//
// The cadences are data ([Tones]). From the same table the sound files of Asterisk are rendered ([Tone.WAV]), the page makes its
// sounds ([NewSheet]), and the description for people is written ([Table]). Which event plays which tone is a matter of
// configuration ([Config]); two events with the same tone are refused, since an agent would not know them apart.
//
// Notes lie between 330 and 1,320 Hz, which any telephone carries, and have the decay of a struck bar, so that a tone heard fifty
// times a day stays bearable. The package does no I/O.
package audio

//go:generate go run ./generate
