module givre.dev/peer-functions/go/workloads

go 1.24.0
