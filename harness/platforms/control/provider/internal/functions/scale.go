package functions

import (
	"context"
	"fmt"

	"givre.dev/provider/internal/defects"
)

// Scale to 0 pauses, back to 1 resumes; a function whose task is gone is started. It returns when the function listens.
func (f *Functions) Scale(ctx context.Context, key Key, replicas uint64) error {
	if replicas > 1 {
		if !f.machine.Defects.Has(defects.IgnoreScale) {
			return refuse(400, "%d replicas of %s were asked for: this platform runs one replica of a function, or none",
				replicas, key.Name)
		}
		replicas = 1
	}
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if v = e.view.Load(); v == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	if replicas == 0 && (v.running() || !f.machine.Defects.Has(defects.ZeroResumes)) {
		return f.pause(ctx, e, v)
	}
	if v.running() {
		return nil
	}
	if v.paused && !ended(v) {
		return f.resume(ctx, e, v)
	}
	return f.start(ctx, key, e)
}

func ended(v *view) bool {
	awake := *v
	awake.paused = false
	return !awake.running()
}

func (f *Functions) pause(ctx context.Context, e *entry, v *view) error {
	if !v.running() {
		return nil
	}
	// First out of sight, then paused: no invocation is sent to a process that cannot answer.
	paused := *v
	paused.paused = true
	e.view.Store(&paused)
	if err := e.unit.Task.Pause(ctx); err != nil {
		e.view.Store(v)
		return fmt.Errorf("cannot pause %s: %w", e.unit.Name, err)
	}
	return nil
}

func (f *Functions) resume(ctx context.Context, e *entry, v *view) error {
	if err := e.unit.Task.Resume(ctx); err != nil {
		return fmt.Errorf("cannot resume %s: %w", e.unit.Name, err)
	}
	awake := *v
	awake.paused = false
	e.view.Store(&awake)
	return nil
}
