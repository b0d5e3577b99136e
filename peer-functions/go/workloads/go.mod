module givre.dev/peer-functions/go/workloads

go 1.24.0

require (
	github.com/klauspost/compress v1.18.7
	github.com/redis/go-redis/v9 v9.17.3
	golang.org/x/image v0.36.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f // indirect
)
