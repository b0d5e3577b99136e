module givre.dev/truth

go 1.24.0
