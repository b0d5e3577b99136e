module givre.dev/peer-functions/go/hello

go 1.24
