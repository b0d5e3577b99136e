package functions

import (
	"context"
	"fmt"
	"log"

	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
)

// Deploy creates a function and returns when it listens. A function that cannot be started leaves nothing behind.
func (f *Functions) Deploy(ctx context.Context, key Key, d types.FunctionDeployment) error {
	if err := f.validate(d); err != nil {
		return err
	}
	e := f.reserve(key)
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() != nil {
		return refuse(409, "function %s is already deployed in namespace %s: update it with PUT", key.Name, key.Namespace).or(400)
	}
	if err := f.refuseBeyondEdition(); err != nil {
		return err
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	if _, err := f.secretMounts(key, d.Secrets, true); err != nil {
		return err
	}
	image, err := f.image(ctx, d)
	if err != nil {
		return refuse(500, "%v", err).or(400)
	}
	if err := f.install(ctx, key, e, d, image); err != nil {
		return err
	}
	if err := f.start(ctx, key, e); err != nil {
		if f.machine.Defects.Has(defects.DeployLeaves) {
			return err
		}
		if cleanErr := f.remove(ctx, key, e); cleanErr != nil {
			log.Printf("%s: cannot undo the deployment: %v", key.Name, cleanErr)
		}
		return fmt.Errorf("%s was not deployed: %w", key.Name, err)
	}
	return nil
}

// editionFunctions is how many functions the community edition of faasd allows.
const editionFunctions = 15

// refuseBeyondEdition counts functions of all namespaces, as the edition does, where a defect says so.
func (f *Functions) refuseBeyondEdition() error {
	if !f.machine.Defects.Has(defects.FunctionLimit) {
		return nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	deployed := 0
	for _, e := range f.entries {
		if e.view.Load() != nil {
			deployed++
		}
	}
	if deployed < editionFunctions {
		return nil
	}
	return refuse(400, "the OpenFaaS CE EULA allows %d/%d function(s)", editionFunctions, deployed+1)
}

// Update replaces a function. Until the new image is here, the old function is not touched.
func (f *Functions) Update(ctx context.Context, key Key, d types.FunctionDeployment) error {
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	removesFirst := f.machine.Defects.Has(defects.UpdateRemoves)
	if err := f.validate(d); err != nil && !(removesFirst && validateImage(d) != nil) {
		return err
	}
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	if removesFirst {
		if err := f.remove(ctx, key, e); err != nil {
			return err
		}
	}
	image, err := f.image(ctx, d)
	if err != nil {
		return refuse(500, "%v", err)
	}
	if _, err := f.secretMounts(key, d.Secrets, true); err != nil && !removesFirst {
		return err
	}
	if err := f.remove(ctx, key, e); err != nil {
		return err
	}
	if err := f.install(ctx, key, e, d, image); err != nil {
		return err
	}
	return f.start(ctx, key, e)
}

// Delete drains a function and removes task, network, container and snapshot.
func (f *Functions) Delete(ctx context.Context, key Key) error {
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	return f.remove(ctx, key, e)
}
