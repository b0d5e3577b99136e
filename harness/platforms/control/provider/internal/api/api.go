// Package api is the provider's HTTP side: the SDK's handlers filled in.
package api

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/containerd/containerd"
	"github.com/gorilla/mux"
	bootstrap "github.com/openfaas/faas-provider"
	"github.com/openfaas/faas-provider/auth"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

// Config of the API.
type Config struct {
	Functions  *functions.Functions
	Client     *containerd.Client
	Defects    *defects.Set
	Namespace  string
	SecretsDir string
	// Logs are the functions' log files.
	Logs    LogFiles
	Version types.VersionInfo
	// Credentials nil switches basic auth off.
	Credentials *auth.BasicAuthCredentials
	// FunctionTimeout bounds one invocation.
	FunctionTimeout time.Duration
}

// maxBodyBytes bounds what a management call may send; functions get bodies of any size.
const maxBodyBytes = 1 << 20

type api struct{ Config }

// Handler builds the SDK's handlers and routes them. The SDK's own Serve is not used, because it can only listen on all
// addresses of the machine; the routes are the ones it documents.
func Handler(c Config) http.Handler {
	a := api{c}
	h := types.FaaSHandlers{
		ListNamespaces:  a.listNamespaces,
		MutateNamespace: a.mutateNamespace,
		FunctionProxy:   a.proxy(),
		FunctionLister:  a.list,
		DeployFunction:  a.deploy,
		UpdateFunction:  a.update,
		DeleteFunction:  a.delete,
		FunctionStatus:  a.status,
		ScaleFunction:   a.scale,
		Secrets:         a.secrets,
		Logs:            a.logs(),
		Health:          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		Info:            a.info,
	}
	return a.routes(h)
}

func (a api) routes(h types.FaaSHandlers) http.Handler {
	const name = "{name:[" + bootstrap.NameExpression + "]+}"
	const anyName = "{name:[" + bootstrap.NameExpression + "]*}"
	r := mux.NewRouter()
	metrics := newRequestMetrics()
	system := func(path string, handler http.HandlerFunc, methods ...string) {
		isOpen := strings.HasPrefix(path, "namespace") && a.Defects.Has(defects.OpenNamespaces)
		if a.Credentials != nil && !isOpen {
			handler = auth.DecorateWithBasicAuth(handler, a.Credentials)
		}
		counted := ""
		if kind, isFunction := strings.CutSuffix(path, "/"+name); isFunction {
			counted = "/system/" + kind
		}
		r.HandleFunc("/system/"+path, metrics.around(handler, counted)).Methods(methods...)
	}
	system("functions", h.FunctionLister, http.MethodGet)
	system("functions", h.DeployFunction, http.MethodPost)
	system("functions", h.UpdateFunction, http.MethodPut)
	system("functions", h.DeleteFunction, http.MethodDelete)
	system("function/"+name, h.FunctionStatus, http.MethodGet)
	system("scale-function/"+name, h.ScaleFunction, http.MethodPost)
	system("info", h.Info, http.MethodGet)
	system("secrets", h.Secrets, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	system("logs", h.Logs, http.MethodGet)
	system("namespaces", h.ListNamespaces, http.MethodGet)
	system("namespace/"+anyName, h.MutateNamespace, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete)
	r.HandleFunc("/function/"+name, h.FunctionProxy)
	r.HandleFunc("/function/"+name+"/", h.FunctionProxy)
	r.HandleFunc("/function/"+name+"/{params:.*}", h.FunctionProxy)
	r.HandleFunc("/healthz", h.Health).Methods(http.MethodGet)
	r.Handle("/metrics", metrics.handler())
	return r
}

func (a api) info(w http.ResponseWriter, _ *http.Request) {
	version := a.Version
	answer(w, http.StatusOK, types.ProviderInfo{Name: "givre-control", Orchestration: "containerd", Version: &version})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Printf("an answer was not sent: %v", err)
	}
}

// fail answers with the status of a refusal, or 500.
func (a api) fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var refusal *functions.Error
	if errors.As(err, &refusal) {
		status = refusal.Status
		if refusal.Coarse != 0 && a.Defects.Has(defects.CoarseRefusals) {
			status = refusal.Coarse
		}
	}
	http.Error(w, err.Error(), status)
}

// decode reads a JSON body; on failure it has answered 400 already.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes)).Decode(into); err != nil {
		http.Error(w, "the body is not the JSON that was expected: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
