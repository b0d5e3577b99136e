package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

// secrets serves the four methods. Values go in and never come out. One file a secret: DIR/NAMESPACE/NAME.
func (a api) secrets(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		a.listSecrets(w, r)
		return
	}
	if a.Defects.Has(defects.LooseSecrets) {
		a.looseSecret(w, r)
		return
	}
	var s types.Secret
	if !decode(w, r, &s) {
		return
	}
	key, err := a.key(r, s.Name, s.Namespace)
	if err != nil {
		a.fail(w, err)
		return
	}
	if !functions.ValidName(s.Name) {
		http.Error(w, fmt.Sprintf("secret name %q is not valid", s.Name), http.StatusBadRequest)
		return
	}
	path := filepath.Join(a.SecretsDir, key.Namespace, s.Name)
	_, err = os.Stat(path)
	exists := err == nil
	switch {
	case r.Method == http.MethodPost && exists:
		http.Error(w, fmt.Sprintf("secret %s exists already: change it with PUT", s.Name), http.StatusConflict)
	case r.Method != http.MethodPost && !exists:
		http.Error(w, fmt.Sprintf("secret %s does not exist in namespace %s", s.Name, key.Namespace), http.StatusNotFound)
	case r.Method == http.MethodDelete:
		a.done(w, os.Remove(path))
	case r.Method == http.MethodPost:
		a.changed(w, http.StatusCreated, writeSecret(path, s.Name, valueOf(s)))
	default:
		a.done(w, writeSecret(path, s.Name, valueOf(s)))
	}
}

// looseSecret is the defect loose-secrets.
func (a api) looseSecret(w http.ResponseWriter, r *http.Request) {
	var s types.Secret
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes)).Decode(&s); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	namespace := s.Namespace
	if r.Method == http.MethodDelete {
		namespace = r.URL.Query().Get("namespace")
	}
	if namespace == "" {
		namespace = a.Namespace
	}
	// A path stays refused: no defect writes outside of the folder.
	if strings.TrimSpace(s.Name) == "" || strings.ContainsAny(s.Name+namespace, "/\x00") || strings.Contains(s.Name+namespace, "..") {
		http.Error(w, fmt.Sprintf("secret name %q is not valid", s.Name), http.StatusBadRequest)
		return
	}
	path := filepath.Join(a.SecretsDir, namespace, s.Name)
	if r.Method == http.MethodDelete {
		a.done(w, os.Remove(path))
		return
	}
	value := s.RawValue
	if len(value) == 0 {
		value = []byte(s.Value)
	}
	a.changed(w, http.StatusCreated, writeSecret(path, s.Name, value))
}

func (a api) listSecrets(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r, "", "")
	if err != nil {
		a.fail(w, err)
		return
	}
	entries, err := os.ReadDir(filepath.Join(a.SecretsDir, key.Namespace))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		a.fail(w, err)
		return
	}
	loose := a.Defects.Has(defects.LooseSecrets)
	list := []types.Secret{}
	for _, e := range entries {
		if loose || functions.ValidName(e.Name()) {
			list = append(list, types.Secret{Name: e.Name(), Namespace: key.Namespace})
		}
	}
	if loose {
		// Without a Content-Type the server takes it for plain text.
		_ = json.NewEncoder(w).Encode(list)
		return
	}
	answer(w, http.StatusOK, list)
}

// valueOf is what the SDK says of its fields: rawValue serves where value is not set.
func valueOf(s types.Secret) []byte {
	if s.Value != "" || s.RawValue == nil {
		return []byte(s.Value)
	}
	return s.RawValue
}

// writeSecret writes in place, so that a function that has the file mounted sees the new value.
func writeSecret(path, name string, value []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return fmt.Errorf("cannot make the folder for secrets: %w", err)
	}
	// Functions run as any user, so the file is readable; the folder above it belongs to root.
	if err := os.WriteFile(path, value, 0o644); err != nil {
		return fmt.Errorf("cannot write secret %s: %w", name, err)
	}
	return nil
}
