package api

import (
	"context"
	"fmt"
	"net/http"
	"sort"

	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/images"
	"github.com/containerd/containerd/namespaces"
	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

// A containerd namespace with this label holds functions; the default one needs no label.
const (
	namespaceLabel      = "openfaas"
	namespaceLabelValue = "1"
)

// holdsFunctions takes both values that faasd takes; those it makes itself have the first.
func holdsFunctions(labels map[string]string) bool {
	return labels[namespaceLabel] == namespaceLabelValue || labels[namespaceLabel] == "true"
}

// Namespaces lists the containerd namespaces that hold functions, sorted.
func Namespaces(ctx context.Context, store namespaces.Store, always string) ([]string, error) {
	all, err := store.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot list namespaces: %w", err)
	}
	names := []string{always}
	for _, name := range all {
		labels, err := store.Labels(ctx, name)
		if err == nil && holdsFunctions(labels) && name != always {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

func (a api) requireNamespace(ctx context.Context, name string) error {
	if name == a.Namespace {
		return nil
	}
	if !functions.ValidName(name) {
		return &functions.Error{Status: 400, Text: fmt.Sprintf("namespace name %q is not valid", name)}
	}
	labels, err := a.Client.NamespaceService().Labels(ctx, name)
	if err != nil && !errdefs.IsNotFound(err) {
		return err
	}
	if !holdsFunctions(labels) {
		return &functions.Error{Status: 404, Text: fmt.Sprintf("namespace %s does not exist, or does not hold functions", name), Coarse: 400}
	}
	return nil
}

func (a api) listNamespaces(w http.ResponseWriter, r *http.Request) {
	names, err := Namespaces(r.Context(), a.Client.NamespaceService(), a.Namespace)
	if err != nil {
		a.fail(w, err)
		return
	}
	answer(w, http.StatusOK, names)
}

func (a api) mutateNamespace(w http.ResponseWriter, r *http.Request) {
	if a.Defects.Has(defects.StrictNamespaces) {
		a.strictNamespace(w, r)
		return
	}
	name := mux.Vars(r)["name"]
	ctx := r.Context()
	if !functions.ValidName(name) {
		http.Error(w, fmt.Sprintf("namespace name %q is not valid", name), http.StatusBadRequest)
		return
	}
	exists := a.requireNamespace(ctx, name)
	switch r.Method {
	case http.MethodGet:
		if exists != nil {
			a.fail(w, exists)
			return
		}
		labels, _ := a.Client.NamespaceService().Labels(ctx, name)
		answer(w, http.StatusOK, types.FunctionNamespace{Name: name, Labels: labels})
	case http.MethodPost:
		if exists == nil {
			http.Error(w, fmt.Sprintf("namespace %s exists already", name), http.StatusConflict)
			return
		}
		a.setLabels(w, r, name, true)
	case http.MethodPut:
		if exists != nil {
			a.fail(w, exists)
			return
		}
		a.setLabels(w, r, name, false)
	case http.MethodDelete:
		a.answered(w, http.StatusAccepted, a.deleteNamespace(ctx, name, exists))
	}
}

func (a api) setLabels(w http.ResponseWriter, r *http.Request, name string, create bool) {
	var asked types.FunctionNamespace
	if r.ContentLength != 0 && !decode(w, r, &asked) {
		return
	}
	if create {
		a.answered(w, http.StatusCreated, a.createNamespace(r.Context(), name, asked.Labels))
		return
	}
	a.answered(w, http.StatusAccepted, a.label(r.Context(), name, asked.Labels))
}

func (a api) createNamespace(ctx context.Context, name string, labels map[string]string) error {
	// A namespace of someone else, without our label, is not taken over.
	err := a.Client.NamespaceService().Create(ctx, name, map[string]string{namespaceLabel: namespaceLabelValue})
	if errdefs.IsAlreadyExists(err) {
		return &functions.Error{Status: 409, Text: fmt.Sprintf("namespace %s exists and is not for functions", name)}
	}
	if err != nil {
		return err
	}
	return a.label(ctx, name, labels)
}

func (a api) label(ctx context.Context, name string, labels map[string]string) error {
	for key, value := range labels {
		if key == namespaceLabel {
			continue
		}
		if err := a.Client.NamespaceService().SetLabel(ctx, name, key, value); err != nil {
			return err
		}
	}
	return nil
}

// answered ends a change of a namespace.
func (a api) answered(w http.ResponseWriter, status int, err error) {
	if err != nil {
		a.fail(w, err)
		return
	}
	w.WriteHeader(status)
}

func (a api) deleteNamespace(ctx context.Context, name string, exists error) error {
	if exists != nil {
		return exists
	}
	if name == a.Namespace {
		return &functions.Error{Status: 400, Text: fmt.Sprintf("namespace %s is the default one and stays", name)}
	}
	if n := len(a.Functions.List(name)); n > 0 {
		return &functions.Error{Status: 409, Text: fmt.Sprintf("namespace %s still holds %d functions: delete them first", name, n)}
	}
	inside := namespaces.WithNamespace(ctx, name)
	left, err := a.Client.ImageService().List(inside)
	if err != nil {
		return err
	}
	for _, image := range left {
		if err := a.Client.ImageService().Delete(inside, image.Name, images.SynchronousDelete()); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
	}
	err = a.Client.NamespaceService().Delete(ctx, name)
	if errdefs.IsFailedPrecondition(err) {
		return &functions.Error{Status: 409, Text: fmt.Sprintf("namespace %s is not empty yet: containerd still frees its images", name)}
	}
	return err
}
