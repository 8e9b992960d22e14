"""What a run can be asked: metrics, explanations, gradient flow, diagnoses. Imports training and the rooms above it."""
