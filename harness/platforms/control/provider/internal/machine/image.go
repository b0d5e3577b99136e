package machine

import (
	"context"
	"fmt"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/remotes/docker"
	"github.com/distribution/reference"
)

// Snapshotter holds the writable layers.
const Snapshotter = "overlayfs"

// Image returns an unpacked image, pulled only if it is absent or if the caller insists. Registries on this machine
// (localhost, 127.0.0.0/8) are asked in plain HTTP.
func (m *Machine) Image(ctx context.Context, ref string, always bool) (containerd.Image, error) {
	named, err := reference.ParseDockerRef(ref)
	if err != nil {
		return nil, fmt.Errorf("%q is no image reference: %w", ref, err)
	}
	if !always {
		image, err := m.cached(ctx, named.String())
		if err != nil || image != nil {
			return image, err
		}
	}
	resolver := docker.NewResolver(docker.ResolverOptions{
		Hosts: docker.ConfigureDefaultRegistries(docker.WithPlainHTTP(docker.MatchLocalhost)),
	})
	image, err := m.Client.Pull(ctx, named.String(),
		containerd.WithPullUnpack, containerd.WithPullSnapshotter(Snapshotter), containerd.WithResolver(resolver))
	if err != nil {
		return nil, fmt.Errorf("cannot pull %s: %w", ref, err)
	}
	return image, nil
}

func (m *Machine) cached(ctx context.Context, ref string) (containerd.Image, error) {
	image, err := m.Client.GetImage(ctx, ref)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look up the image: %w", err)
	}
	unpacked, err := image.IsUnpacked(ctx, Snapshotter)
	if err != nil {
		// The record is there and its content is not: as good as absent.
		return nil, nil
	}
	if !unpacked {
		if err := image.Unpack(ctx, Snapshotter); err != nil {
			return nil, nil
		}
	}
	return image, nil
}
