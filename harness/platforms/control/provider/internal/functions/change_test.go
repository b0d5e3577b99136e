package functions

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
)

func TestAnEditionsLimitRefusesTheSixteenthFunctionAndNoEarlierOne(t *testing.T) {
	var set defects.Set
	if err := set.Add(defects.FunctionLimit); err != nil {
		t.Fatal(err)
	}
	f := New(&machine.Machine{Defects: &set}, t.TempDir())
	for i := 0; i < 14; i++ {
		f.reserve(Key{"openfaas-fn", fmt.Sprintf("hello-%d", i)}).view.Store(&view{})
	}
	if err := f.refuseBeyondEdition(); err != nil {
		t.Errorf("the fifteenth was refused: %v", err)
	}
	f.reserve(Key{"other", "hello"}).view.Store(&view{})
	// Reserved and not deployed: it does not count.
	f.reserve(Key{"openfaas-fn", "failed"})
	err := f.Deploy(context.Background(), Key{"openfaas-fn", "more"}, types.FunctionDeployment{Service: "more", Image: "i"})
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Status != 400 {
		t.Fatalf("the sixteenth was not refused: %v", err)
	}
	if refusal.Text != "the OpenFaaS CE EULA allows 15/16 function(s)" {
		t.Error(refusal.Text)
	}
	set = defects.Set{}
	if err := f.refuseBeyondEdition(); err != nil {
		t.Errorf("refused without the defect: %v", err)
	}
}
