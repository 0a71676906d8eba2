package calendar

import "time"

// englishName returns the English name of a holiday in the official list, or
// an empty string for a name that a newer list introduced.
func englishName(d Date, name string) string {
	switch d {
	// The list names these two only as days off that count as holidays.
	case NewDate(2019, time.May, 1):
		return "Day of the Emperor's Accession"
	case NewDate(2019, time.October, 22):
		return "Day of the Enthronement Ceremony"
	}
	return map[string]string{
		"元日":           "New Year's Day",
		"成人の日":         "Coming of Age Day",
		"建国記念の日":       "National Foundation Day",
		"天皇誕生日":        "The Emperor's Birthday",
		"春分の日":         "Vernal Equinox Day",
		"昭和の日":         "Showa Day",
		"憲法記念日":        "Constitution Memorial Day",
		"みどりの日":        "Greenery Day",
		"こどもの日":        "Children's Day",
		"海の日":          "Marine Day",
		"山の日":          "Mountain Day",
		"敬老の日":         "Respect for the Aged Day",
		"秋分の日":         "Autumnal Equinox Day",
		"体育の日":         "Health and Sports Day",
		"体育の日（スポーツの日）": "Health and Sports Day (Sports Day)",
		"スポーツの日":       "Sports Day",
		"文化の日":         "Culture Day",
		"勤労感謝の日":       "Labor Thanksgiving Day",
		"結婚の儀":         "Imperial Wedding Ceremony",
		"大喪の礼":         "Funeral Ceremony of Emperor Showa",
		"即位礼正殿の儀":      "Enthronement Ceremony",
		"休日（祝日扱い）":     "Special National Holiday",
		unnamed:        "National Day Off",
	}[name]
}
