// givre-delay is the CNI plugin behind the defect delay-cni.
package main

import (
	"fmt"
	"os"

	"givre.dev/provider/internal/delay"
)

func main() {
	if err := delay.Run(os.Getenv("CNI_COMMAND"), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
