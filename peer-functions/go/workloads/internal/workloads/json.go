package workloads

import (
	"cmp"
	"net/http"
	"slices"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	jsonLimit     = 2 << 20
	maxQuantity   = 10_000
	maxPriceCents = 10_000_000
)

type order struct {
	// See ignored: the keys are these four and "items" in lower case, and nothing else.
	OtherItems ignored      `json:"ITEMS"`
	Items      *[]orderItem `json:"items"`
}

type orderItem struct {
	OtherID         ignored    `json:"ID"`
	OtherQuantity   ignored    `json:"QUANTITY"`
	OtherPriceCents ignored    `json:"PRICE_CENTS"`
	OtherTags       ignored    `json:"TAGS"`
	ID              *string    `json:"id"`
	Quantity        *int       `json:"quantity"`
	PriceCents      *int       `json:"price_cents"`
	Tags            *[]*string `json:"tags"`
}

type orderTotal struct {
	Count      int            `json:"count"`
	Quantity   int            `json:"quantity"`
	TotalCents int            `json:"total_cents"`
	Tags       map[string]int `json:"tags"`
	Items      []itemTotal    `json:"items"`
}

type itemTotal struct {
	ID         string `json:"id"`
	TotalCents int    `json:"total_cents"`
}

func jsonWorkload() serving.Workload {
	return serving.Workload{BodyLimit: jsonLimit, Answer: answerJSON}
}

func answerJSON(w http.ResponseWriter, r *http.Request) error {
	body, err := serving.ReadBody(r)
	if err != nil {
		return err
	}
	var given order
	if err := decodeStrictly(body, &given); err != nil {
		return err
	}
	total, err := totalOf(given)
	if err != nil {
		return err
	}
	return serving.JSON(w, total)
}

func totalOf(given order) (orderTotal, error) {
	if given.Items == nil {
		return orderTotal{}, serving.BadRequest("The request body has no list of items.")
	}
	items := *given.Items
	total := orderTotal{Count: len(items), Tags: map[string]int{}, Items: make([]itemTotal, 0, len(items))}
	for index, item := range items {
		if problem := item.problem(); problem != "" {
			return orderTotal{}, serving.BadRequest("Item %d of the request body %s.", index, problem)
		}
		cents := *item.Quantity * *item.PriceCents
		total.Quantity += *item.Quantity
		total.TotalCents += cents
		for _, tag := range *item.Tags {
			total.Tags[*tag]++
		}
		total.Items = append(total.Items, itemTotal{*item.ID, cents})
	}
	slices.SortStableFunc(total.Items, func(a, b itemTotal) int { return cmp.Compare(b.TotalCents, a.TotalCents) })
	return total, nil
}

// problem says what keeps an item from being one. An absent key and null look the same here, and both are wrong.
func (item orderItem) problem() string {
	switch {
	case item.ID == nil:
		return "has no id"
	case item.Quantity == nil || *item.Quantity < 0 || *item.Quantity > maxQuantity:
		return "has no quantity from 0 to 10000"
	case item.PriceCents == nil || *item.PriceCents < 0 || *item.PriceCents > maxPriceCents:
		return "has no price_cents from 0 to 10000000"
	case item.Tags == nil || slices.Contains(*item.Tags, nil):
		return "has no list of tags"
	}
	return ""
}
