package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

// key names the function that a management call is about; it fails for a namespace that does not exist.
func (a api) key(r *http.Request, name, namespace string) (functions.Key, error) {
	bodyOnly := a.Defects.Has(defects.BodyOnly)
	if namespace == "" && (r.Method == http.MethodGet || !bodyOnly) {
		namespace = r.URL.Query().Get("namespace")
	}
	if namespace == "" {
		namespace = a.Namespace
	}
	if err := a.requireNamespace(r.Context(), namespace); err != nil {
		return functions.Key{}, err
	}
	// Callers of the gateway may say NAME.NAMESPACE.
	if !bodyOnly {
		name = strings.TrimSuffix(name, "."+namespace)
	}
	return functions.Key{Namespace: namespace, Name: name}, nil
}

func (a api) list(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r, "", "")
	if err != nil {
		a.fail(w, err)
		return
	}
	answer(w, http.StatusOK, a.Functions.List(key.Namespace))
}

func (a api) status(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r, mux.Vars(r)["name"], "")
	if err != nil {
		a.fail(w, err)
		return
	}
	status, err := a.Functions.Status(r.Context(), key)
	if err != nil && a.Defects.Has(defects.CoarseRefusals) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if err != nil {
		a.fail(w, err)
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
	key, err := a.key(r, d.Service, d.Namespace)
	if err == nil {
		d.Namespace = key.Namespace
		err = act(r.Context(), key, d)
	}
	a.done(w, err)
}

func (a api) delete(w http.ResponseWriter, r *http.Request) {
	var request types.DeleteFunctionRequest
	if !decode(w, r, &request) {
		return
	}
	if request.FunctionName == "" {
		a.fail(w, &functions.Error{Status: http.StatusBadRequest, Coarse: http.StatusNotFound, Text: "the request has no functionName"})
		return
	}
	key, err := a.key(r, request.FunctionName, request.Namespace)
	if err == nil {
		err = a.Functions.Delete(r.Context(), key)
	}
	a.done(w, err)
}

func (a api) scale(w http.ResponseWriter, r *http.Request) {
	var request types.ScaleServiceRequest
	if !decode(w, r, &request) {
		return
	}
	name := mux.Vars(r)["name"]
	if a.Defects.Has(defects.BodyOnly) {
		name = request.ServiceName
	} else if request.ServiceName != "" && request.ServiceName != name {
		http.Error(w, "the path says "+name+", the body says another serviceName", http.StatusBadRequest)
		return
	}
	key, err := a.key(r, name, request.Namespace)
	if err == nil {
		err = a.Functions.Scale(r.Context(), key, request.Replicas)
	}
	a.done(w, err)
}

// done answers a change: 202 is what OpenFaaS clients know, though here everything has happened already.
func (a api) done(w http.ResponseWriter, err error) {
	a.changed(w, http.StatusAccepted, err)
}

func (a api) changed(w http.ResponseWriter, status int, err error) {
	if err != nil {
		a.fail(w, err)
		return
	}
	if a.Defects.Has(defects.PlainSuccess) {
		status = http.StatusOK
	}
	w.WriteHeader(status)
}
