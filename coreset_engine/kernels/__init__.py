"""Linear algebra that several selection methods share: gradients in factored form, distances, farthest-first order."""
