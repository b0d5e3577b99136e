package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/containerd/containerd/errdefs"
	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/functions"
)

// strictNamespace is the defect strict-namespaces.
func (a api) strictNamespace(w http.ResponseWriter, r *http.Request) {
	inPath := mux.Vars(r)["name"]
	if r.Method == http.MethodGet {
		a.strictGet(w, r, inPath)
		return
	}
	var asked types.FunctionNamespace
	if !decode(w, r, &asked) {
		return
	}
	if err := strictRequest(r.Method, inPath, asked); err != nil {
		a.fail(w, err)
		return
	}
	ctx, store := r.Context(), a.Client.NamespaceService()
	switch r.Method {
	case http.MethodPost:
		err := store.Create(ctx, asked.Name, asked.Labels)
		if errdefs.IsAlreadyExists(err) {
			err = &functions.Error{Status: 409, Text: fmt.Sprintf("namespace %s exists already", asked.Name)}
		} else if err != nil {
			err = &functions.Error{Status: 400, Text: err.Error()}
		}
		a.answered(w, http.StatusCreated, err)
	case http.MethodPut:
		a.answered(w, http.StatusAccepted, a.strictUpdate(ctx, asked))
	case http.MethodDelete:
		err := store.Delete(ctx, asked.Name)
		if errdefs.IsNotFound(err) {
			err = noNamespace(asked.Name)
		}
		a.answered(w, http.StatusAccepted, err)
	}
}

func strictRequest(method, inPath string, asked types.FunctionNamespace) error {
	switch {
	case method != http.MethodPost && asked.Name != inPath:
		return &functions.Error{Status: 400, Text: "the namespace in the body is not the one in the path"}
	case asked.Name == "":
		return &functions.Error{Status: 400, Text: "the body names no namespace"}
	case asked.Labels[namespaceLabel] != namespaceLabelValue:
		return &functions.Error{Status: 400, Text: "the body has no label " + namespaceLabel + "=" + namespaceLabelValue}
	}
	return nil
}

func noNamespace(name string) *functions.Error {
	return &functions.Error{Status: 404, Text: fmt.Sprintf("namespace %s does not exist", name)}
}

func (a api) strictGet(w http.ResponseWriter, r *http.Request, name string) {
	if name == "" {
		http.Error(w, "the path names no namespace", http.StatusBadRequest)
		return
	}
	labels, err := a.Client.NamespaceService().Labels(r.Context(), name)
	if err != nil || labels[namespaceLabel] != namespaceLabelValue {
		a.fail(w, noNamespace(name))
		return
	}
	answer(w, http.StatusOK, types.FunctionNamespace{Name: name, Labels: labels})
}

// strictUpdate sets the labels that are named, and takes away all others.
func (a api) strictUpdate(ctx context.Context, asked types.FunctionNamespace) error {
	store := a.Client.NamespaceService()
	// Labels of a namespace that is not there are none, and no error.
	all, err := store.List(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(all, asked.Name) {
		return noNamespace(asked.Name)
	}
	labels, err := store.Labels(ctx, asked.Name)
	if err != nil {
		return err
	}
	if labels[namespaceLabel] != namespaceLabelValue {
		return &functions.Error{Status: 400, Text: fmt.Sprintf("namespace %s does not hold functions", asked.Name)}
	}
	for key := range labels {
		if err := store.SetLabel(ctx, asked.Name, key, asked.Labels[key]); err != nil {
			return err
		}
	}
	for key, value := range asked.Labels {
		if err := store.SetLabel(ctx, asked.Name, key, value); err != nil {
			return err
		}
	}
	return nil
}
