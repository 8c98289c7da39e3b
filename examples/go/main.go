// Load, adapt, predict, search, and what can fail:  go run . MODEL
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"example.com/latency/help"
)

// Milliseconds of the model's ten references on a Raspberry Pi 4 (HELP's NAS-Bench-201 table).
var measured = []float64{
	8.069698, 19.551933, 2.826915, 20.097734, 25.759504,
	25.596895, 24.430082, 57.129456, 10.544924, 98.88752,
}

// A stand-in for an accuracy predictor: what each operation contributes.
var worth = []float64{0, 0.25, 0.5, 1, 0.125}

func accuracy(row []int32) (sum float64, err error) {
	for _, gene := range row {
		sum += worth[gene]
	}
	return sum, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: latency MODEL")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	fmt.Println(help.Version())
	model, err := help.Load(path)
	if err != nil {
		return err
	}
	defer model.Close()
	references, err := model.References()
	if err != nil {
		return err
	}
	device, err := model.Adapt(references, measured)
	if err != nil {
		return err
	}
	defer device.Close()
	if err := predict(model.Space, device); err != nil {
		return err
	}
	if err := search(model.Space, device); err != nil {
		return err
	}
	return failures(device)
}

func predict(space *help.Space, device *help.Predictor) error {
	rows, err := space.Sample(1000, 1)
	if err != nil {
		return err
	}
	latency, err := device.Predict(rows)
	if err != nil {
		return err
	}
	within := 0
	for _, ms := range latency {
		if ms <= 20 {
			within++
		}
	}
	fmt.Println(within, "of 1000 networks take at most 20 ms")
	return nil
}

func search(space *help.Space, device *help.Predictor) error {
	best, err := device.Search(20, 3, accuracy)
	if err != nil {
		return err
	}
	for _, found := range best {
		text, err := space.Format(found.Row)
		if err != nil {
			return err
		}
		fmt.Printf("%.2f ms, accuracy %.3f: %s\n", found.Ms, found.Accuracy, text)
	}
	return nil
}

func failures(device *help.Predictor) error {
	if _, err := device.Search(0.5, 3, accuracy); errors.Is(err, help.ErrInfeasible) {
		fmt.Println("infeasible:", err)
	} else {
		return fmt.Errorf("0.5 ms: %v, not infeasible", err)
	}
	errDown := errors.New("the accuracy service is down")
	_, err := device.Search(20, 3, func([]int32) (float64, error) { return 0, errDown })
	if err != errDown {
		return fmt.Errorf("without accuracies: %v", err)
	}
	fmt.Println("the callback failed:", err)
	return nil
}
