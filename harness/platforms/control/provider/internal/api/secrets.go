package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/functions"
)

// secrets serves the four methods. Values go in and never come out. One file a secret: DIR/NAMESPACE/NAME.
func (a api) secrets(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		a.listSecrets(w, r)
		return
	}
	var s types.Secret
	if !decode(w, r, &s) {
		return
	}
	key, err := a.key(r.Context(), r, s.Name, s.Namespace)
	if err != nil {
		fail(w, err)
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
		done(w, os.Remove(path))
	case r.Method == http.MethodPost:
		if err := writeSecret(path, s); err != nil {
			fail(w, err)
			return
		}
		w.WriteHeader(http.StatusCreated)
	default:
		done(w, writeSecret(path, s))
	}
}

func (a api) listSecrets(w http.ResponseWriter, r *http.Request) {
	key, err := a.key(r.Context(), r, "", "")
	if err != nil {
		fail(w, err)
		return
	}
	entries, err := os.ReadDir(filepath.Join(a.SecretsDir, key.Namespace))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		fail(w, err)
		return
	}
	list := []types.Secret{}
	for _, e := range entries {
		if functions.ValidName(e.Name()) {
			list = append(list, types.Secret{Name: e.Name(), Namespace: key.Namespace})
		}
	}
	answer(w, http.StatusOK, list)
}

// writeSecret writes in place, so that a function that has the file mounted sees the new value.
func writeSecret(path string, s types.Secret) error {
	value := s.RawValue
	if s.Value != "" || value == nil {
		value = []byte(s.Value)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
		return fmt.Errorf("cannot make the folder for secrets: %w", err)
	}
	// Functions run as any user, so the file is readable; the folder above it belongs to root.
	if err := os.WriteFile(path, value, 0o644); err != nil {
		return fmt.Errorf("cannot write secret %s: %w", s.Name, err)
	}
	return nil
}
