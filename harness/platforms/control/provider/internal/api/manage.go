package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/functions"
)

// key names the function that a management call is about; it fails for a namespace that does not exist.
func (a api) key(ctx context.Context, r *http.Request, name, namespace string) (functions.Key, error) {
	if namespace == "" {
		namespace = r.URL.Query().Get("namespace")
	}
	if namespace == "" {
		namespace = a.Namespace
	}
	if err := a.requireNamespace(ctx, namespace); err != nil {
		return functions.Key{}, err
	}
	// Callers of the gateway may say NAME.NAMESPACE.
	name = strings.TrimSuffix(name, "."+namespace)
	return functions.Key{Namespace: namespace, Name: name}, nil
}

func (a api) list(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r.Context(), r, "", "")
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, a.Functions.List(key.Namespace))
}

func (a api) status(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r.Context(), r, mux.Vars(r)["name"], "")
	if err != nil {
		fail(w, err)
		return
	}
	status, err := a.Functions.Status(r.Context(), key)
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, status)
}

func (a api) deploy(w http.ResponseWriter, r *http.Request) {
	a.place(w, r, a.Functions.Deploy)
}

func (a api) update(w http.ResponseWriter, r *http.Request) {
	a.place(w, r, a.Functions.Update)
}

func (a api) place(w http.ResponseWriter, r *http.Request,
	act func(context.Context, functions.Key, types.FunctionDeployment) error) {
	var d types.FunctionDeployment
	if !decode(w, r, &d) {
		return
	}
	key, err := a.key(r.Context(), r, d.Service, d.Namespace)
	if err == nil {
		d.Namespace = key.Namespace
		err = act(r.Context(), key, d)
	}
	done(w, err)
}

func (a api) delete(w http.ResponseWriter, r *http.Request) {
	var request types.DeleteFunctionRequest
	if !decode(w, r, &request) {
		return
	}
	if request.FunctionName == "" {
		http.Error(w, "the request has no functionName", http.StatusBadRequest)
		return
	}
	key, err := a.key(r.Context(), r, request.FunctionName, request.Namespace)
	if err == nil {
		err = a.Functions.Delete(r.Context(), key)
	}
	done(w, err)
}

func (a api) scale(w http.ResponseWriter, r *http.Request) {
	var request types.ScaleServiceRequest
	if !decode(w, r, &request) {
		return
	}
	name := mux.Vars(r)["name"]
	if request.ServiceName != "" && request.ServiceName != name {
		http.Error(w, "the path says "+name+", the body says another serviceName", http.StatusBadRequest)
		return
	}
	key, err := a.key(r.Context(), r, name, request.Namespace)
	if err == nil {
		err = a.Functions.Scale(r.Context(), key, request.Replicas)
	}
	done(w, err)
}

// done answers a change: 202 is what OpenFaaS clients know, though here everything has happened already.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
