package campaign

// Reason is the stable code of why a row was not imported, as it stands in the rejects file.
type Reason string

const (
	ReasonRowTooLong       Reason = "row_too_long"       // longer than 1 MiB
	ReasonUnclosedQuote    Reason = "unclosed_quote"     // a quote is opened and not closed
	ReasonStrayQuote       Reason = "stray_quote"        // something stands between a closing quote and the next column
	ReasonBadEncoding      Reason = "bad_encoding"       // has bytes that are no characters
	ReasonColumnCount      Reason = "wrong_column_count" // fewer or more columns than the header line
	ReasonNoNumber         Reason = "no_number"          // all columns with numbers are empty
	ReasonInvalidNumber    Reason = "invalid_number"     // a number that cannot be dialed
	ReasonBadID            Reason = "bad_id"             // the id is empty, too long or has control characters
	ReasonBadTimeZone      Reason = "bad_time_zone"      // no IANA time zone
	ReasonBadTime          Reason = "bad_time"           // of a do-not-call entry: until when is no time
	ReasonIDInFile         Reason = "duplicate_id_in_file"
	ReasonIDInList         Reason = "duplicate_id_in_list"
	ReasonNumberInFile     Reason = "duplicate_number_in_file"
	ReasonNumberInList     Reason = "duplicate_number_in_list"
	ReasonOnList           Reason = "duplicate_on_list" // of a do-not-call entry: it is there already
	reasonDuplicatePattern        = "duplicate_"
)

// Duplicate reports whether r means that the contact is in the list already.
func (r Reason) Duplicate() bool {
	return len(r) > len(reasonDuplicatePattern) && r[:len(reasonDuplicatePattern)] == reasonDuplicatePattern
}

// Reject is a row that was not imported.
type Reject struct {
	Line   int      // of its beginning in the file, from 1
	Reason Reason   // code
	Text   string   // for a person
	Fields []string // the row's columns; the raw text as the only one where it cannot be taken apart
}
